/* The report of a conversion: a sentence for each thing that is not exact. */
#ifndef CLSTEP_CONVERT_REPORT_H
#define CLSTEP_CONVERT_REPORT_H

#include "base/text.h"

#include <clstep/store.h>

typedef struct clstep__report {
    const char *call;
    const clstep_convert_options *options;
    clstep__text said; /* all sentences, each with its '\0' */
} clstep__report;

/* Reports a sentence, unless it was reported before: groups often have the same sentences. */
void clstep__report_say(clstep__report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* CLSTEP_UNSUPPORTED if there was a sentence and the options do not allow any. */
clstep_status clstep__report_judge(const clstep__report *report);
void clstep__report_free(clstep__report *report);

#endif
