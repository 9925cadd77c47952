# nvidia.awk: reads what clang writes for nvptx64 (-S), and in front of it what `ptxas -v` says of it
# (nothing where there is no ptxas: registers and spills are then not known, "-").
#
# PTX is not what runs: a correctly rounded divide or square root is one line of it. nvdisasm shows
# for each of them 10 instructions and one of the special function unit on the usual way, for sm_75
# to sm_100, and a 64-bit integer addition as two instructions; with that the count here is within
# a tenth of nvdisasm's.
/Compiling entry function/ { others = /'clstep_(upload|begin_master)'/ }
/^[ \t.a-z]*\.entry/ { others = /clstep_(upload|begin_master)/ }
others { next }
/bytes stack frame/ { spills = ($1 > 0) + ($5 > 0) + ($9 > 0) }
/Used [0-9]+ registers/ { registers = $5 }
/^\$L__BB[0-9_]+:/ {
    sub(/:.*/, "", $1)
    label($1)
    next
}
/^\t/ && /;/ {
    name = $1 ~ /^@/ ? $2 : $1
    if (name ~ /^(div|sqrt|rcp)\.rn\.f/)
        instruction(10, 1)
    else if (name ~ /\.approx/)
        instruction(0, 1)
    else
        instruction(name ~ /^(add|sub)\.[su]64/ ? 2 : 1, 0)
    if (name ~ /^(ld|st)\.(volatile\.)?global/) {
        bits = name
        sub(/.*[a-z]/, "", bits)
        lanes = name ~ /\.v4\./ ? 4 : name ~ /\.v2\./ ? 2 : 1
        access(name ~ /^st/, lanes * bits / 8, 1)
    } else if (name ~ /^(ld|st)\.local/ || name ~ /^(ld|st)\.[bfsu0-9]+$/)
        depot = 1 # the stack, or an address whose space is lost
    else if (name ~ /^bra/) {
        target = $NF
        sub(/;.*/, "", target)
        branch(target)
    }
}
END { conclude(registers ? registers : "-", registers ? spills + depot : depot ? depot : "-") }
