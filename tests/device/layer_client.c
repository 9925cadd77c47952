/* Finds the functions of the OpenCL layer in tests/layer. */
#include "layer_client.h"

#include "fixture.h"

#include <dlfcn.h>
#include <stdlib.h>

layer_count_function layer_count;
layer_live_function layer_live;
layer_fail_function layer_fail;
layer_private_function layer_private;
layer_fail_query_function layer_fail_query;
layer_fail_later_function layer_fail_later;
layer_fail_now_function layer_fail_now;

static void *find(void *library, const char *name)
{
    void *symbol = dlsym(library, name);
    ck_assert_msg(symbol != NULL, "the layer has no %s", name);
    return symbol;
}

void layer_open(void)
{
    const char *path = getenv("CLSTEP_LAYER");
    ck_assert_msg(path != NULL, "CLSTEP_LAYER must name layer.so; make check-device sets it");
    void *library = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
    ck_assert_msg(library != NULL, "the OpenCL loader did not load %s", path);
    *(void **)&layer_count = find(library, "layer_count");
    *(void **)&layer_live = find(library, "layer_live");
    *(void **)&layer_fail = find(library, "layer_fail");
    *(void **)&layer_private = find(library, "layer_private");
    *(void **)&layer_fail_query = find(library, "layer_fail_query");
    *(void **)&layer_fail_later = find(library, "layer_fail_later");
    *(void **)&layer_fail_now = find(library, "layer_fail_now");
    const unsigned long before = layer_count(LAYER_SYNCS);
    ck_cl(clFinish(the.queue));
    ck_assert_uint_eq(layer_count(LAYER_SYNCS), before + 1);
}
