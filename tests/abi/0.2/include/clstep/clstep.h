/*
 * clstep: the optimizer step of neural-network training on OpenCL devices.
 *
 * One fused pass over parameters, gradients and state updates all tensors of a model, in the
 * caller's own cl_context, queue and cl_mem. RMSprop in its published flavours comes first; SGD,
 * AdaGrad, Adam and AdamW run through the same engine. The update of RMSprop is, per element,
 *
 *     g  = gradient (negated by `maximize`; + weight_decay * p for L2 decay)
 *     v  = rho * v + (1 - rho) * g^2                     square_avg
 *     D  = sqrt(v + eps)  or  sqrt(v) + eps              eps_inside_sqrt or not
 *     b  = momentum * b + g / D                          momentum_buffer, where momentum > 0
 *     p  = p - lr * b     or  p - lr * g / D
 *
 * (G. Hinton, "Neural Networks for Machine Learning", lecture 6e, 2012; momentum and centring as
 * in A. Graves, arXiv:1308.0850.) A preset fixes every switch and the order of the roundings of
 * one framework; see clstep_rule_preset().
 *
 * In outline (examples/embed.c is a whole program):
 *
 *     clstep_engine_create(&engine, context, device, NULL);
 *     clstep_rule rule = CLSTEP_RULE_INIT;
 *     clstep_rule_preset(&rule, "hinton");
 *     clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = tensors, .tensor_count =
 * n}; clstep_optimizer_create(&optimizer, engine, queue, 1, &group, NULL, NULL); for each batch:
 * clstep_optimizer_step(optimizer, queue, NULL, 0, NULL, NULL);
 *     clstep_optimizer_destroy(optimizer);
 *     clstep_engine_destroy(engine);
 *
 * Ownership. Everything passed in is borrowed; what must outlive the call is retained and released
 * by the matching destroy. What a create function returns is the caller's. Strings that are
 * returned live in the library and must not be freed.
 *
 * Threads. An engine may be used by any number of threads. An optimizer is used by one thread at a
 * time; different optimizers may be used at once, also on one queue. The error record is one per
 * thread.
 *
 * Process. The library prints nothing, never exits, keeps no mutable globals and installs no
 * handlers. It reads the environment's CLSTEP_DEVICE in clstep_device_choose(), and XDG_CACHE_HOME
 * and HOME in the calls of tuning.h, which alone touch files; nothing else. The OpenCL driver
 * underneath may start threads and write caches of its own. Drivers do not survive
 * fork(): an engine that is used in a forked child returns CLSTEP_UNSUPPORTED instead of hanging.
 *
 * This header includes device.h, engine.h, optimizer.h, rule.h and status.h; the last two need no
 * OpenCL. Whoever needs selftest.h, tuning.h or store.h includes them. Nothing else is public.
 */
#ifndef CLSTEP_H
#define CLSTEP_H

#include <clstep/device.h>
#include <clstep/engine.h>
#include <clstep/optimizer.h>
#include <clstep/rule.h>
#include <clstep/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- version ------------------------------------------------------------------------------- */

#define CLSTEP_VERSION_MAJOR 0
#define CLSTEP_VERSION_MINOR 2
#define CLSTEP_VERSION_PATCH 0
#define CLSTEP_VERSION                                                                             \
    (CLSTEP_VERSION_MAJOR * 1000000 + CLSTEP_VERSION_MINOR * 1000 + CLSTEP_VERSION_PATCH)

/* The version of the library that runs; compare it with CLSTEP_VERSION of the header. */
CLSTEP_API int clstep_version(void);
/* The same as text, such as "0.2.0". */
CLSTEP_API const char *clstep_version_text(void);

#ifdef __cplusplus
}
#endif

#endif
