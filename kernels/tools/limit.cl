/*
 * Kernels that make the reads and writes of an update and no arithmetic: the memory-bound limit
 * that `clstep bench` measures an update against. ARRAYS arrays are read: the parameter, the
 * gradient, the state; all but the gradient are written. The contents stay as they are, so that the
 * update between two runs works on numbers of its own: `zero` is 0, which no compiler can know, so
 * that each access must be made.
 *
 * WIDE                    elements per access
 * RUN                     1: each work-item makes one access to each array (GPUs and wide vectors);
 *                         more: a run of so many consecutive accesses (CPUs)
 * PARAM GRAD STATE        unsigned integers of the size of an element: uchar, ushort, uint or ulong
 * EACH                    if set, one divide and one square root for each element beside that,
 * fp32's or for two bf16 elements in a word: PARAM and GRAD are uint then, and STATE has as many
 * elements in it. Large updates that have them are not faster.
 */
#define PASTE2(a, b)   a##b
#define PASTE(a, b)    PASTE2(a, b)
#define VECTOR(type)   PASTE(type, WIDE)
#define CONVERT(to, x) PASTE(convert_, VECTOR(to))(x)

#ifdef EACH
#define AS_FLOATS(x) PASTE(as_, VECTOR(float))(x)
/* A root of numbers from 1/2 on whose last bits come from the state: no special case. */
static inline VECTOR(uint) with_root(VECTOR(uint) g, VECTOR(uint) bits)
{
    return PASTE(as_, VECTOR(uint))(AS_FLOATS(g) / sqrt(AS_FLOATS((bits & 255u) | 0x3f000000u)));
}

static inline VECTOR(uint) with_roots(VECTOR(uint) g, VECTOR(uint) state)
{
#if EACH == 2
    return with_root(g << 16, state) ^ with_root(g & 0xffff0000u, state >> 8);
#else
    return with_root(g, state);
#endif
}
#endif

__kernel void limit(const uint zero, const ulong vectors, __global VECTOR(PARAM) * p,
                    __global const VECTOR(GRAD) * g, __global VECTOR(STATE) * a,
                    __global VECTOR(STATE) * b, __global VECTOR(STATE) * c)
{
    const size_t first = get_global_id(0) * RUN;
#if RUN > 1
    const size_t end = min((ulong)first + RUN, vectors);
#else
    const size_t end = first + 1;
#endif
    for (size_t i = first; i < end; i++) {
        const VECTOR(PARAM) p_value = p[i];
#if ARRAYS > 2
        const VECTOR(STATE) a_value = a[i];
#endif
#ifdef EACH
        const VECTOR(PARAM) both = with_roots(g[i], CONVERT(uint, a_value));
#else
        const VECTOR(PARAM) both = p_value | CONVERT(PARAM, g[i]);
#endif
#if ARRAYS > 3
        const VECTOR(STATE) b_value = b[i];
#endif
#if ARRAYS > 4
        const VECTOR(STATE) c_value = c[i];
#endif
        p[i] = p_value ^ (both & (PARAM)zero);
#if ARRAYS > 2
        a[i] = a_value ^ (a_value & (STATE)zero);
#endif
#if ARRAYS > 3
        b[i] = b_value ^ (b_value & (STATE)zero);
#endif
#if ARRAYS > 4
        c[i] = c_value ^ (c_value & (STATE)zero);
#endif
    }
}
