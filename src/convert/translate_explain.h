/* What a translation changes, in sentences. */
#ifndef CLSTEP_CONVERT_TRANSLATE_EXPLAIN_H
#define CLSTEP_CONVERT_TRANSLATE_EXPLAIN_H

#include "convert/translate.h"

/* Says what changes in meaning, whatever the numbers are; `framework`: the target is not a
 * checkpoint. */
void clstep__translation_explain(const clstep__translation *translation, uint64_t steps,
                                 bool framework, clstep__report *report);

/* Says what has become of the numbers. */
void clstep__translation_count(const clstep__translation *translation, clstep__report *report);

#endif
