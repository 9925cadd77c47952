# sum.awk JUDGED: one line per target.
BEGIN { FS = "\t" }
{
    if (!($1 in kernels))
        order[++targets] = $1
    kernels[$1]++
    spilled[$1] += $2 == "spills"
    excused[$1] += $2 ~ /^known_/
    narrow[$1] += $2 !~ /^(ok|spills|known_.*)$/
    if ($5 + 0 > registers[$1])
        registers[$1] = $5 + 0
}
END {
    for (i = 1; i <= targets; i++)
        printf "check-isa: %-8s %d kernels, %s, %d with lost wide accesses%s\n", order[i], kernels[order[i]], \
            registers[order[i]] || spilled[order[i]] ? \
            "at most " registers[order[i]] " registers, " spilled[order[i]] + 0 " with spills" : \
            "registers and spills not known", narrow[order[i]], \
            excused[order[i]] ? ", " excused[order[i]] " with known spills (scripts/isa/known)" : ""
}
