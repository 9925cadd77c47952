/* What a translation has to say: one sentence for each thing that is not exact. */
#ifndef CLSTEP_CONVERT_REPORT_H
#define CLSTEP_CONVERT_REPORT_H

#include "base/text.h"

#include <clstep/store.h>

typedef struct clstep__report {
    const char *call;
    const clstep_convert_options *options;
    clstep__text said; /* every sentence, each with its '\0' */
} clstep__report;

/* Hands a sentence on, but for one that was said before: groups often have the same to say. */
void clstep__report_say(clstep__report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* CLSTEP_UNSUPPORTED if anything was said and that is not allowed. */
clstep_status clstep__report_judge(const clstep__report *report);
void clstep__report_free(clstep__report *report);

#endif
