/* Runs parts of the self-test on a new engine, because an engine remembers what its
 * device reports. */
#ifndef TESTS_DEVICE_SELFTEST_RUN_H
#define TESTS_DEVICE_SELFTEST_RUN_H

#include "fixture.h"

#include <clstep/selftest.h>

enum { BOTH = CLSTEP_PART_FORMATS | CLSTEP_PART_ADDRESSES };

/* Engines: as suits the device; with the launches of a GPU; of a device without fp64. */
enum { PLAIN, AS_ON_GPUS, WITHOUT_FP64, ENGINES };

clstep_status run_parts(uint32_t parts, int quick, int kind, clstep_selftest_summary *summary);

#endif
