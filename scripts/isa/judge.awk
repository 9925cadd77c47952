# judge.awk CHIPS KNOWN RECORDS...: holds each record against what the variant must move, and prints a line
# per target and kernel: target, verdict, name, form, registers, spills, loads, stores, bytes per
# element, instructions per element, ps of memory per element, ps of instructions per element; fields
# are separated by tabs. The verdict is "ok", or what is wrong; "known_" stands before what KNOWN excuses.
#
# READS and WRITES of a variant are bytes per element: "2?" may be read in the loop or not (parameters
# that only the first step reads), and less than a byte is an array of scales, of which a work-item reads
# and writes one of 4 bytes in a turn. The vector body handles at least four elements. Aligned, each array
# must be moved in accesses of 16 bytes, or of all that the elements have where that is less: as many as
# there must be, and none beyond.
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
FILENAME == ARGV[2] {
    if (/^#/ || !NF)
        next
    split($0, field, / *\| */)
    known_target[++known] = field[1]
    known_name[known] = field[2]
    known_verdict[known] = field[3]
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

# "4,4,4" -> 12, of those of at least so many bytes
function total(list, least, with_optional,    n, i, item, sum)
{
    n = split(list, item, ",")
    for (i = 1; i <= n; i++)
        if (item[i] + 0 >= least && (with_optional || item[i] !~ /[?]/))
            sum += item[i]
    return sum + 0
}

function scales(list,    n, i, item, sum)
{
    n = split(list, item, ",")
    for (i = 1; i <= n; i++)
        sum += item[i] + 0 < 1
    return sum + 0
}

# The elements of a turn, by the bytes that it moves.
function turn(with_optional)
{
    return (value("bytes") - 4 * (scales($3) + scales($4))) / \
        (total($3, 1, with_optional) + total($4, 1, with_optional))
}

# What is expected of `elements` elements of the arrays, as body.awk writes it.
function expected(list, elements, with_optional,    n, i, item, bytes, width, of, text)
{
    n = split(list, item, ",")
    for (i = 1; i <= n; i++) {
        if (item[i] ~ /[?]/ && !with_optional)
            continue
        bytes = item[i] + 0 < 1 ? 4 : item[i] * elements
        width = bytes < 16 ? bytes : 16
        of[width] += bytes / width
    }
    for (width = 16; width >= 1; width /= 2)
        if (width in of)
            text = text (text ? "," : "") width ":" sprintf("%.4g", of[width])
    return text
}

function accesses(with_optional,    elements)
{
    elements = turn(with_optional)
    if (elements < 4)
        return "no_wide_access"
    if (elements != int(elements))
        return "moves_" value("bytes") "_bytes"
    if (value("loads") != expected($3, elements, with_optional))
        return "loads_" value("loads") "_not_" expected($3, elements, with_optional)
    if (value("stores") != expected($4, elements))
        return "stores_" value("stores") "_not_" expected($4, elements)
    return "ok"
}

function excused(said,    i)
{
    for (i = 1; i <= known; i++)
        if ($5 == known_target[i] && ($1 " (" $2 ")") ~ known_name[i] && said == known_verdict[i])
            return "known_" said
    return said
}

function verdict()
{
    if (value("error") != "")
        return value("error")
    if (value("spills") != "0" && value("spills") != "-")
        return "spills"
    if ($2 !~ /^aligned/ || accesses(1) == "ok")
        return "ok"
    return accesses(0)
}

{
    target = $5
    bytes = total($3, 0) + total($4, 0)
    elements = turn(accesses(1) == "ok")
    said = excused(verdict())
    if (elements > 0)
        issued = (value("ordinary") + value("special") * special[target]) / elements
    else
        issued = 0
    printf "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%g\t%.1f\t%.1f\t%.1f\n", target, said, $1, $2, \
        value("registers"), value("spills"), value("loads"), value("stores"), bytes, issued, \
        bytes * 1000 / bandwidth[target], issued * 1000 / lanes[target]
}
