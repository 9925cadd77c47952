/* The functions of the OpenCL layer in tests/layer, which the ICD loader loads. */
#ifndef TESTS_DEVICE_LAYER_CLIENT_H
#define TESTS_DEVICE_LAYER_CLIENT_H

#include "../layer/layer.h"

extern layer_count_function layer_count;
extern layer_live_function layer_live;
extern layer_fail_function layer_fail;
extern layer_private_function layer_private;
extern layer_fail_query_function layer_fail_query;
extern layer_fail_later_function layer_fail_later;
extern layer_fail_now_function layer_fail_now;

/* Finds them and sees that the layer is in use; the loader ignores a wrong path silently. */
void layer_open(void);

#endif
