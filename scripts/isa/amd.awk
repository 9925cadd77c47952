# amd.awk: reads what clang writes for amdgcn (-S). Scalar instructions are not counted: they have a
# unit of their own, and are a few. v_rcp, v_sqrt and the like go at a quarter of the others' rate
# (AMD's ISA documents: transcendental operations).
/^clstep_(upload|begin_master):/ { elsewhere = 1 }
/^\.Lfunc_end/ { elsewhere = 0 }
elsewhere { next }
/^\.LBB[0-9_]+:/ {
    sub(/:.*/, "", $1)
    label($1)
    next
}
/^\t(v|global|flat|buffer|scratch|ds)_/ {
    special = $1 ~ /^v_(rcp|rsq|sqrt|exp|log|sin|cos)_/
    instruction(!special, special)
    # An access that lost its address space (flat) or goes to the stack is of no width that is wanted.
    if ($1 ~ /^global_(load|store)_/) {
        bytes = $1 ~ /dwordx4|b128/ ? 16 : $1 ~ /dwordx3|b96/ ? 12 : $1 ~ /dwordx2|b64/ ? 8 : \
                $1 ~ /short|16/ ? 2 : $1 ~ /byte|[ui]8/ ? 1 : 4
        access($1 ~ /store/, bytes, 1)
    } else if ($1 ~ /^(flat|scratch|buffer)_(load|store)/)
        stack++
    next
}
/^\ts_c?branch/ {
    instruction(0, 0)
    branch($2)
}
# of each kernel, in this order of names
/^    \.name:/ { others = $2 ~ /^clstep_(upload|begin_master)$/ }
others { next }
/\.vgpr_count:/ { registers = $2 }
/\.(vgpr|sgpr)_spill_count:/ { spills += $2 }
/\.private_segment_fixed_size:/ { spills += $2 > 0 }
END { conclude(registers, spills + stack) }
