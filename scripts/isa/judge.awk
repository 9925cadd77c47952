# judge.awk CHIPS RECORDS...: holds each record against what the variant must move, and prints a line
# per target and kernel: target, verdict, name, form, registers, spills, loads, stores, bytes per
# element, instructions per element, ps of memory per element, ps of instructions per element; fields
# are separated by tabs. The verdict is "ok", or what is wrong.
#
# The vector body handles as many elements as its bytes are, over the bytes of an element. Aligned,
# each array must be moved in accesses of 16 bytes, or of all that the elements have where that is
# less: as many as there must be, and none beyond. The array of the widest elements has 16 bytes.
BEGIN { FS = "\t" }
FILENAME == ARGV[1] {
    if (/^#/ || !NF)
        next
    split($0, field, / *\| */)
    chip[field[1]] = 1
    bandwidth[field[1]] = field[3]
    lanes[field[1]] = field[4] * field[5] * field[6]
    special[field[1]] = field[7]
    next
}

function value(name,    at, rest)
{
    at = index($6, name "=")
    if (!at)
        return ""
    rest = substr($6, at + length(name) + 1)
    sub(/ .*/, "", rest)
    return rest
}

# "4,4,4" -> 12
function total(list,    n, i, item, sum)
{
    n = split(list, item, ",")
    for (i = 1; i <= n; i++)
        sum += item[i]
    return sum
}

function widest(list,    n, i, item, most)
{
    n = split(list, item, ",")
    for (i = 1; i <= n; i++)
        if (item[i] > most)
            most = item[i]
    return most
}

# What is expected of `elements` elements of the arrays, as body.awk writes it. Less than a byte an
# element is a scale of a block: its accesses are not looked at.
function expected(list, elements,    n, i, item, bytes, width, of, text)
{
    n = split(list, item, ",")
    for (i = 1; i <= n; i++) {
        bytes = item[i] * elements
        width = bytes < 16 ? bytes : 16
        if (item[i] >= 1)
            of[width] += bytes / width
    }
    for (width = 16; width >= 1; width /= 2)
        if (width in of)
            text = text (text ? "," : "") width ":" sprintf("%.4g", of[width])
    return text
}

function verdict(elements)
{
    if (value("error") != "")
        return value("error")
    if (value("spills") != "0" && value("spills") != "-")
        return "spills"
    if ($2 !~ /^aligned/ || ($3 "," $4) ~ /(^|,)0?\./)
        return "ok"
    if (elements * widest($3) < 16)
        return "no_wide_access"
    if (elements != int(elements))
        return "moves_" value("bytes") "_bytes"
    if (value("loads") != expected($3, elements))
        return "loads_" value("loads") "_not_" expected($3, elements)
    if (value("stores") != expected($4, elements))
        return "stores_" value("stores") "_not_" expected($4, elements)
    return "ok"
}

{
    target = $5
    bytes = total($3) + total($4)
    elements = value("bytes") / bytes
    said = verdict(elements)
    if (elements > 0)
        issued = (value("ordinary") + value("special") * special[target]) / elements
    else
        issued = 0
    printf "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%g\t%.1f\t%.1f\t%.1f\n", target, said, $1, $2, \
        value("registers"), value("spills"), value("loads"), value("stores"), bytes, issued, \
        bytes * 1000 / bandwidth[target], issued * 1000 / lanes[target]
}
