/*
 * Kernels that make the reads and writes of an update and no arithmetic: the memory-bound limit that
 * `clstep bench` measures an update against. ARRAYS arrays are read, all but the last are written. The
 * contents stay as they are, so that the update between two runs works on numbers of its own: `zero`
 * is 0, which no compiler can know, so that each access must be made.
 *
 * WIDE      32-bit words per access
 * RUN       1: each work-item makes one access (GPUs and wide vectors);
 *           more: a run of so many consecutive accesses (CPUs)
 */
#define PASTE2(a, b) a##b
#define PASTE(a, b)  PASTE2(a, b)
#define VECTOR       PASTE(uint, WIDE)

__kernel void yardstick(const uint zero, __global VECTOR *a, __global VECTOR *b,
                        __global VECTOR *c, __global VECTOR *d, __global VECTOR *e)
{
    const size_t first = get_global_id(0) * RUN;
    for (size_t i = first; i < first + RUN; i++) {
        const VECTOR a_value = a[i];
        const VECTOR b_value = b[i];
        VECTOR all = a_value | b_value;
#if ARRAYS > 2
        const VECTOR c_value = c[i];
        all |= c_value;
#endif
#if ARRAYS > 3
        const VECTOR d_value = d[i];
        all |= d_value;
#endif
#if ARRAYS > 4
        const VECTOR e_value = e[i];
        all |= e_value;
#endif
        all &= zero;
        a[i] = a_value ^ all;
#if ARRAYS > 2
        b[i] = b_value ^ all;
#endif
#if ARRAYS > 3
        c[i] = c_value ^ all;
#endif
#if ARRAYS > 4
        d[i] = d_value ^ all;
#endif
    }
}
