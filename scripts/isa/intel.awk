# intel.awk: reads the assembly that the Intel compiler dumps (IGC_ShaderDumpEnable); -v simd= is the
# number of work-items in a thread, from the name of the file. An instruction of fewer lanes counts
# by their share; one that is made once for the whole thread (W) by its share, too. Its special
# functions (math.) go at a quarter of the others' rate (Intel's architecture papers).
function lanes_of(text,    at)
{
    at = match(text, /\([0-9]+\|M[0-9]+\)/)
    return at ? substr(text, at + 1) + 0 : 0
}
/^\/\/\.thread_config/ {
    registers = $0
    sub(/.*numGRF=/, "", registers)
    registers += 0
}
# A flag that is spilled goes to a register.
/^\/\/\.(spill|private memory) size [1-9]/ { spills++ }
/spilled around/ { spills++ }
/^[A-Za-z_0-9]+:/ {
    sub(/:.*/, "", $1)
    label($1)
    next
}
/^(\(| )/ && lanes_of($0) {
    lanes = lanes_of($0)
    code = $0
    sub(/^\([^)]*\)/, "", code)
    split(code, word, /[ \t]+/)
    name = word[1] == "" ? word[2] : word[1]
    once = /^\(W/
    special = name ~ /^math\./
    if (name !~ /^(sync|join|endif)/)
        instruction(special ? 0 : lanes / simd, special ? lanes / simd : 0)
    if (name ~ /^(load|store)\.ugm/ && !once) {
        match(name, /\.d[0-9]+(x[0-9]+)?/)
        shape = substr(name, RSTART + 2, RLENGTH - 2)
        split(shape, size, /[ux]/)
        access(name ~ /^store/, size[1] / 8 * (size[2] ? size[2] : 1), lanes / simd)
    } else if (name ~ /^sends?(\.|$)/ && !once && /(surface|gathering|scattering|scattered).*(read|write)/ &&
        $0 !~ / 0x[0-9A-F]*FE /) {
        # (surface 254 is local memory)
        # registers of 32 bytes that are sent beyond the addresses, or that come back
        is_store = /write/
        match($0, is_store ? "wr:[0-9]+h?[+][0-9]+" : "rd:[0-9]+")
        moved = substr($0, RSTART, RLENGTH)
        sub(is_store ? ".*[+]" : ".*:", "", moved)
        moved = moved * 32 / lanes
        if (match($0, /(read|write) (8|16)b/)) # of a register's 32 bits
            moved = /(read|write) 8b/ ? 1 : 2
        access(is_store, moved, lanes / simd)
    }
}
/^(\([^|]*\))? +(while|goto|jmpi|brc|brd)/ {
    for (i = 2; i <= NF; i++)
        branch($i)
}
END { conclude(registers, spills + 0) }
