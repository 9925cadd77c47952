# body.awk: finds the loop of a compiled kernel with the widest accesses, its vector body, and says what
# it holds. A reader of one compiler's text (amd.awk, nvidia.awk, intel.awk) comes after it: it tells
# lines, labels and branches in order, and ends with conclude().
#
# The loop over single elements takes as many of them in a turn as the vector body, or more bytes, by more
# accesses. Two kernels are left out: clstep_begin_master, which runs once, and clstep_upload, which one
# work-item runs; compilers for GPUs copy its argument to the stack, since it is indexed.
#
# What is counted is the text between the loop's label and its last branch back, per work-item. Rare
# paths that lie between are counted as if they were always taken.

# A new instruction; `ordinary` and `special` (slower) issue slots of it, per work-item.
function instruction(ordinary, special)
{
    lines++
    plain[lines] = ordinary
    slow[lines] = special
}

# The last instruction reads or writes `bytes` of global memory, in this share of the work-items.
function access(is_store, bytes, share)
{
    wide[lines] = bytes
    stores[lines] = is_store
    part[lines] = share
}

function label(name) { place[name] = lines + 1 }

# A branch to a label that stands above closes a loop.
function branch(name)
{
    if (name in place) {
        if (!(name in tail))
            head[++loops] = name
        tail[name] = lines
    }
}

function bytes_of(name,    n, sum)
{
    for (n = place[name]; n <= tail[name]; n++)
        sum += wide[n] * part[n]
    return sum + 0
}

function accesses_of(name,    n, sum)
{
    for (n = place[name]; n <= tail[name]; n++)
        sum += part[n]
    return sum + 0
}

# "16:3,4:1": three accesses of 16 bytes and one of 4
function count(is_store, from, to,    n, of, width, text)
{
    for (n = from; n <= to; n++)
        if (n in wide && stores[n] == is_store)
            of[wide[n]] += part[n]
    for (width = 64; width >= 1; width /= 2)
        if (width in of)
            text = text (text ? "," : "") width ":" sprintf("%.4g", of[width])
    return text ? text : "0:0"
}

# The kernels store in loops only: what is stored elsewhere goes to the stack, whatever it is called.
function stored_outside(    n, i, outside, sum)
{
    for (n in stores) {
        outside = stores[n]
        for (i = 1; i <= loops; i++)
            if (n + 0 >= place[head[i]] && n + 0 <= tail[head[i]])
                outside = 0
        sum += outside
    }
    return sum + 0
}

# Prints the record; the registers and spills of the whole kernel are the reader's to know.
function conclude(registers, spills,    i, n, best, most, width, ordinary, special)
{
    spills = spills == "-" && !stored_outside() ? "-" : spills + stored_outside()
    for (i = 1; i <= loops; i++)
        if (bytes_of(head[i]) > most)
            most = bytes_of(head[i])
    for (i = 1; i <= loops; i++)
        if (most && 2 * bytes_of(head[i]) >= most && bytes_of(head[i]) / accesses_of(head[i]) > width) {
            best = head[i]
            width = bytes_of(best) / accesses_of(best)
        }
    most = bytes_of(best)
    if (!most) {
        print "error=no_loop_with_global_accesses"
        return
    }
    for (n = place[best]; n <= tail[best]; n++) {
        ordinary += plain[n]
        special += slow[n]
    }
    printf "registers=%s spills=%s loads=%s stores=%s bytes=%.6g ordinary=%.6g special=%.6g\n", registers, spills,
        count(0, place[best], tail[best]), count(1, place[best], tail[best]), most, ordinary, special
}
