/*
 * For a test: abi/soft_double.h and soft_power.h on the device. A work-item takes one pair of
 * numbers. `results` has `count` numbers for each operation.
 */
#include "abi/soft_power.h"

__kernel void clstep_soft_double(__global const ulong *xs, __global const ulong *ys,
                                 __global ulong *results, const ulong count)
{
    const size_t at = get_global_id(0);
    const ulong x = xs[at], y = ys[at];
    results[at] = clstep_soft_add(x, y);
    results[at + count] = clstep_soft_subtract(x, y);
    results[at + 2 * count] = clstep_soft_multiply(x, y);
    results[at + 3 * count] = clstep_soft_divide(x, y);
    results[at + 4 * count] = clstep_soft_square_root(x);
    results[at + 5 * count] = clstep_soft_widen((uint)y);
    results[at + 6 * count] = clstep_soft_narrow(x);
    results[at + 7 * count] = clstep_soft_from_integer(y);
    results[at + 8 * count] = clstep_soft_power(x, y >> 44);
}
