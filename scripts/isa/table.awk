# table.awk JUDGED: the lines of judge.awk for people; with -v some=1, only those of some rules.
BEGIN {
    FS = "\t"
    split("hinton|torch|torch, momentum|torch, centred|torch, centred with momentum|sgd|adagrad|adam|" \
        "torch, bf16 bf16 bf16 stochastic|torch, bf16 bf16 8bit stochastic|torch, bf16 bf16 fp32 master", \
        wanted, "|")
    for (i in wanted)
        shown[wanted[i]] = 1
    printf "%104s    per element\n", "16-byte:8-byte ... accesses"
    printf "%-8s %-48s %-23s %5s %6s %8s %8s  %5s %6s %9s %9s\n", "target", "kernel", "form", "regs", \
        "spills", "loads", "stores", "bytes", "instr", "memory ps", "instr ps"
}
!some || (($3 in shown) && $4 == "aligned,one,rounded") {
    printf "%-8s %-48s %-23s %5s %6s %8s %8s  %5s %6s %9s %9s%s\n", $1, substr($3, 1, 48), $4, $5, $6, \
        $7, $8, $9, $10, $11, $12, $2 == "ok" ? "" : "  <- " $2
}
