/*
 * The limit: a kernel with the same reads and writes as an update and no arithmetic. `clstep bench`
 * compares updates with it. It reads ARRAYS arrays (parameter, gradient, state) and writes all but
 * the gradient. It does not change their contents, so that the updates between two runs compute
 * with their own numbers. `zero` is 0; the compiler does not know that, so it must make every
 * access.
 *
 * WIDE                    elements in an access
 * RUN                     1: each work-item makes one access to each array (GPUs and wide vectors);
 *                         more: that many consecutive accesses (CPUs)
 * PARAM GRAD STATE        unsigned integers of the size of an element: uchar, ushort, uint or ulong
 * EACH                    1: also one divide and one square root for each fp32 element; 2: the same
 *                         for both bf16 elements in a word (PARAM and GRAD are uint then).
 *                         Large updates with a divide and a root are not faster than this.
 */
#define PASTE2(a, b)   a##b
#define PASTE(a, b)    PASTE2(a, b)
#define VECTOR(type)   PASTE(type, WIDE)
#define CONVERT(to, x) PASTE(convert_, VECTOR(to))(x)

#ifdef EACH
#define AS_FLOATS(x) PASTE(as_, VECTOR(float))(x)
/* The root of a number from 1/2 on whose last bits come from the state: never a special case. */
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
