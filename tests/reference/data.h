/* The results of a framework: a file of scripts/reference, row by row. */
#ifndef TESTS_REFERENCE_DATA_H
#define TESTS_REFERENCE_DATA_H

#include "inputs.h"

enum { ARRAYS_MAX = 4, ROWS_MAX = 128, TEXT_MAX = 400 };

/* A preset with switches, run by a framework in some way. */
typedef struct {
    char name[80];
    char preset[40];
    char switches[TEXT_MAX]; /* what is not as in the preset, in words */
    char how[TEXT_MAX];      /* may be empty */
    clstep_rule rule;
    bool differs;     /* its bits are not ours, because of `reason` */
    bool flushed;     /* the framework takes subnormals for zeros */
    bool by_norm;     /* gradients are clipped by a norm ... */
    int64_t norm_ulp; /* ... and this far the framework's may be from ours; 0: it took ours */
    char reason[TEXT_MAX];
    int64_t ulp_after_1;
    int64_t ulp_after_20;
} row;

typedef struct {
    clstep_safetensors *file;
    char path[TEXT_MAX];
    const char *framework;
    const char *cpu;
    const char *command;
    row rows[ROWS_MAX];
    size_t row_count;
} data;

/* The arrays of a row: param, then the rule's states. */
typedef struct {
    size_t count;
    const char *names[ARRAYS_MAX];
    float small[ARRAYS_MAX][STEPS][SMALL];
    uint32_t large_crc[ARRAYS_MAX][STEPS];
    float large_param[2][LARGE]; /* after steps 1 and 20, where the row differs */
    norms by; /* where gradients are clipped by a norm: those that the framework took */
} recording;

/* Says what is wrong, and counts it. */
void problem(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern unsigned problems;

/* Opens a file and reads its rows; false, with a problem, where that cannot be done. */
bool data_open(data *from, const char *folder, const char *name);
void data_close(data *from);

/* Reads the arrays of a row; counts the file's tensors that it took. */
bool data_read(const data *from, const row *of, recording *into, size_t *taken);

/* The names of a rule's arrays. */
size_t name_arrays(const clstep_rule *rule, const char *names[ARRAYS_MAX]);

/* Compares what inputs.safetensors of the folder holds with what is made here. */
void check_inputs(const char *folder, const inputs *in);

#endif
