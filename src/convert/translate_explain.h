/* Sentences about what a translation changes. */
#ifndef CLSTEP_CONVERT_TRANSLATE_EXPLAIN_H
#define CLSTEP_CONVERT_TRANSLATE_EXPLAIN_H

#include "convert/translate.h"

/* Reports what the rules change in meaning. `framework`: the target is not a checkpoint. */
void clstep__translation_explain(const clstep__translation *translation, uint64_t steps,
                                 bool framework, clstep__report *report);

/* Reports what has happened to the numbers: how many were rounded or clamped. */
void clstep__translation_count(const clstep__translation *translation, clstep__report *report);

#endif
