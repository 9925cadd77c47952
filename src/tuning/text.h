/* A tuning file as text. Pure host code; tuning.h describes the format. */
#ifndef CLSTEP_TUNING_TEXT_H
#define CLSTEP_TUNING_TEXT_H

#include "base/text.h"

#include <clstep/clstep.h>

enum { CLSTEP__TUNING_TEXTS = 3, CLSTEP__TUNING_NUMBERS = 4 };

/* The device of a file: platform, device and driver, as single lines. */
typedef struct clstep__tuning_owner {
    clstep__text texts[CLSTEP__TUNING_TEXTS];
} clstep__tuning_owner;

/* Makes a driver's text a single line: no control characters, no blanks around it. */
void clstep__tuning_line(clstep__text *text);

void clstep__tuning_format(const clstep__tuning_owner *owner, const clstep_engine_options *launch,
                           clstep__text *into);

/* Reads `length` bytes. Changes *launch on success only. `path` is for messages. */
clstep_status clstep__tuning_parse(const char *call, const char *path, const char *text,
                                   size_t length, const clstep__tuning_owner *owner,
                                   clstep_engine_options *launch);

/* The name of a launch parameter that is out of its range; NULL if there is none. */
const char *clstep__tuning_wrong(const clstep_engine_options *launch);

#endif
