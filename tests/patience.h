/* How long a test may take. A busy machine, a sanitizer or an emulated device makes a test slower
 * by any factor, so that no time tells a slow test from a wrong one: the limit is there only for
 * tests that hang, and it is the only one. */
#ifndef TESTS_PATIENCE_H
#define TESTS_PATIENCE_H

#include <stdlib.h>

/* Before srunner_run_all(). Check's own limit is 4 seconds. */
static inline void be_patient(void)
{
    setenv("CK_DEFAULT_TIMEOUT", "1800", 0);
}

#endif
