# page.awk CHIPS JUDGED PAGE: prints PAGE (docs/gpu.md) with its tables made anew, between the lines
# "<!-- chips -->" or "<!-- table: KERNEL -->" and "<!-- end -->".
#
# The instructions and the memory's work overlap: the step takes the longer of the two times where
# they do so wholly, and their sum where they do not at all. The limit takes the memory's.
function table(kernel,    i, at, memory, issue)
{
    print "| target | chip | registers | bytes | memory, ps | instructions | their time, ps | memory / instructions | share of the limit |"
    print "|---|---|---:|---:|---:|---:|---:|---:|---|"
    for (i = 1; i <= chips; i++) {
        at = order[i] SUBSEP kernel
        if (!(at in line))
            continue
        split(line[at], of, "\t")
        memory = of[11]
        issue = of[12]
        printf "| %s | %s | %s | %s | %.1f | %.1f | %.1f | %.1f | %.2f to %.2f |\n", order[i], chip[order[i]], of[5], \
            of[9], memory, of[10], issue, memory / issue, memory / (memory + issue), (memory > issue ? 1 : memory / issue)
    }
}
FILENAME == ARGV[1] {
    if (/^#/ || !NF)
        next
    split($0, field, / *\| */)
    order[++chips] = field[1]
    chip[field[1]] = field[2]
    figures[field[1]] = sprintf("%s | %s x %s x %s | %.0f | %s | %s", field[3], field[4], field[5], \
        field[6] + 0, field[4] * field[5] * field[6], field[7], field[8])
    next
}
FILENAME == ARGV[2] {
    split($0, field, "\t")
    if (field[4] == "aligned,one,rounded")
        line[field[1], field[3]] = $0
    next
}
/^<!-- end -->/ { inside = 0 }
!inside { print }
/^<!-- chips -->/ {
    inside = 1
    print "| target | chip | GB/s | units x lanes x GHz | instructions per ns | special functions slower by | quoted as |"
    print "|---|---|---:|---|---:|---:|---|"
    for (i = 1; i <= chips; i++)
        printf "| %s | %s | %s |\n", order[i], chip[order[i]], figures[order[i]]
}
/^<!-- table: / {
    inside = 1
    kernel = $0
    sub(/^<!-- table: /, "", kernel)
    sub(/ -->.*/, "", kernel)
    table(kernel)
}
