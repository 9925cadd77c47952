/* The verdict of a self-test. */
#ifndef CLSTEP_SELFTEST_VERDICT_H
#define CLSTEP_SELFTEST_VERDICT_H

#include "selftest/probe.h"

#include <clstep/selftest.h>
#include <stdbool.h>

/* The departures that a device reports, as CLSTEP_DEPARTS_... fma is not among them: OpenCL demands
 * that fma() is exact on every device, and devices report only whether it is fast. */
unsigned clstep__departs_reported(const clstep_device_info *info);

/* The bound: 0 if every bit must be equal, else CLSTEP_SELFTEST_ULP. Devices that do not round
 * divide and sqrt correctly compute both by fma. That is exact if fma, + and * are exact and
 * subnormal numbers are kept. */
unsigned clstep__promised_ulp(unsigned reported, unsigned seen);

/* Copies the probe's results to the summary. */
void clstep__verdict_probe(clstep_selftest_summary *summary, const clstep__probe *probe);

/* Sets verdict and text from the counts, `reported` and `seen`. */
void clstep__verdict_reach(clstep_selftest_summary *summary);

#endif
