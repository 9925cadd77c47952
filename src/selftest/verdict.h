/* What all comparisons of a self-test come to. */
#ifndef CLSTEP_SELFTEST_VERDICT_H
#define CLSTEP_SELFTEST_VERDICT_H

#include "selftest/probe.h"

#include <clstep/selftest.h>
#include <stdbool.h>

/* The device's claims, as CLSTEP_DEPARTS_... of what it does not claim. Fused multiplication is no
 * claim: fma() is exact on every device, and the report says only whether it is fast. */
unsigned clstep__departs_reported(const clstep_device_info *info);

/* 0, where every bit must be equal, or CLSTEP_SELFTEST_ULP. A device that does not divide and take
 * roots correctly rounded does both by fma: exactly, where that and + and * are, and subnormal
 * numbers kept. */
unsigned clstep__promised_ulp(unsigned reported, unsigned seen);

/* Takes over what the probe found. */
void clstep__verdict_probe(clstep_selftest_summary *summary, const clstep__probe *probe);

/* From counts, reported and seen to verdict and text. */
void clstep__verdict_reach(clstep_selftest_summary *summary);

#endif
