/*
 * clstep: the optimizer step of neural-network training on OpenCL devices.
 *
 * A step updates all tensors of a model in one pass over parameters, gradients and state. It runs
 * in the caller's own cl_context, cl_command_queue and cl_mem. RMSprop comes in the form of each
 * framework; SGD, AdaGrad, Adam, AdamW and others run through the same kernels. RMSprop computes
 * for each element
 *
 *     g  = gradient                        negated by `maximize`; + weight_decay * p for L2 decay
 *     v  = rho * v + (1 - rho) * g^2       the state array square_avg
 *     D  = sqrt(v) + eps                   sqrt(v + eps) with eps_inside_sqrt
 *     b  = momentum * b + g / D            the state array momentum_buffer; with momentum > 0 only
 *     p  = p - lr * b                      p - lr * g / D without momentum
 *
 * (G. Hinton, "Neural Networks for Machine Learning", lecture 6e, 2012. Momentum and centring are
 * those of A. Graves, arXiv:1308.0850.) A preset names one framework. It sets every switch, and
 * rounds in the same places as that framework; see clstep_rule_preset().
 *
 * In outline (examples/embed.c is a whole program):
 *
 *     clstep_rule rule = CLSTEP_RULE_INIT;
 *     clstep_rule_preset(&rule, "hinton");
 *     clstep_group group = CLSTEP_GROUP_INIT;
 *     group.rule = &rule;
 *     group.tensors = tensors;
 *     group.tensor_count = count;
 *     clstep_engine_create(&engine, context, device, NULL);
 *     clstep_optimizer_create(&optimizer, engine, queue, 1, &group, NULL, NULL);
 *     for (each batch)
 *         clstep_optimizer_step(optimizer, queue, NULL, 0, NULL, NULL);
 *     clstep_optimizer_destroy(optimizer);
 *     clstep_engine_destroy(engine);
 *
 * Ownership. The library borrows everything that you pass in. It retains the OpenCL objects that it
 * needs after the call, and releases them in the matching destroy. What a create function returns
 * is yours. Returned strings belong to the library; do not free them.
 *
 * Threads. Any number of threads may use one engine. Only one thread at a time may use an
 * optimizer; different optimizers may be used at the same time, also on one queue. Each thread has
 * its own error record.
 *
 * Process. The library prints nothing, never exits, has no mutable globals and installs no
 * handlers. It reads three environment variables: CLSTEP_DEVICE in clstep_device_choose(), and
 * XDG_CACHE_HOME and HOME in the calls of tuning.h. Only the calls of tuning.h touch files. The
 * OpenCL driver may start threads and write caches of its own. OpenCL drivers do not survive
 * fork(): in a forked child, calls on an engine or optimizer of the parent return
 * CLSTEP_UNSUPPORTED instead of hanging.
 *
 * This header includes device.h, engine.h, optimizer.h, rule.h and status.h. rule.h and status.h
 * need no OpenCL. selftest.h, tuning.h and store.h are not included here. Nothing else is public.
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

/* The version of the library at run time. Compare it with CLSTEP_VERSION, that of the header. */
CLSTEP_API int clstep_version(void);
/* The same as text, such as "0.2.0". */
CLSTEP_API const char *clstep_version_text(void);

#ifdef __cplusplus
}
#endif

#endif
