/* Collects the sentences of a conversion, each once, and decides whether they are allowed. */
#include "convert/report.h"

#include "safetensors/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SENTENCE_SIZE = 512 };

static int was_said(const clstep__report *report, const char *sentence)
{
    for (size_t at = 0; at < report->said.length; at += strlen(report->said.bytes + at) + 1) {
        if (strcmp(report->said.bytes + at, sentence) == 0)
            return 1;
    }
    return 0;
}

void clstep__report_say(clstep__report *report, const char *format, ...)
{
    char sentence[SENTENCE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    if (was_said(report, sentence))
        return;
    clstep__text_append(&report->said, sentence, strlen(sentence) + 1);
    if (report->options->report)
        report->options->report(sentence, report->options->context);
}

clstep_status clstep__report_judge(const clstep__report *report)
{
    if (report->said.failed)
        return clstep__store_no_memory(report->call);
    if (report->said.length == 0 || report->options->allow_inexact)
        return CLSTEP_OK;
    return clstep__store_fail(CLSTEP_UNSUPPORTED, report->call,
                              "the translation is not exact: %s (options->allow_inexact allows it)",
                              report->said.bytes);
}

void clstep__report_free(clstep__report *report)
{
    clstep__text_free(&report->said);
}
