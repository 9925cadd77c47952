/* Runs parts of the self-test on an engine that a test describes. */
#include "selftest_run.h"

#include "engine/engine.h"

clstep_status run_parts(uint32_t parts, int quick, int kind, clstep_selftest_summary *summary)
{
    *summary = (clstep_selftest_summary)CLSTEP_SELFTEST_SUMMARY_INIT;
    clstep_selftest_options options = CLSTEP_SELFTEST_OPTIONS_INIT;
    options.quick = (uint32_t)quick;
    options.parts = parts;
    clstep_engine_options how = CLSTEP_ENGINE_OPTIONS_INIT;
    if (kind == AS_ON_GPUS) {
        how.vector_width = 4;
        how.work_group_size = 64;
        how.chunk_elements = 1024;
        how.access = CLSTEP_ACCESS_ALIGNED;
    }
    clstep_engine *engine;
    clstep_status status = clstep_engine_create(&engine, the.context, the.device, &how);
    if (status == CLSTEP_OK) {
        engine->has_double = engine->has_double && kind != WITHOUT_FP64;
        status = clstep_selftest(engine, the.queue, &options, summary);
    }
    clstep_engine_destroy(engine);
    return status;
}
