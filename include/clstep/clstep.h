/*
 * clstep: the optimizer step of neural-network training on OpenCL devices.
 *
 * A step updates all tensors of a model in one pass over parameters, gradients and state. It uses
 * the caller's own cl_context, cl_command_queue and cl_mem. RMSprop has a preset for each framework
 * (PyTorch, Keras, TensorFlow and more). SGD, AdaGrad, Adadelta, Adam, AdamW, NAdam, Adamax and
 * Lion run through the same kernels. RMSprop computes for each element p of a parameter
 *
 *     g  = gradient
 *     v  = rho * v + (1 - rho) * g^2       the state array square_avg
 *     D  = sqrt(v) + eps
 *     p  = p - lr * g / D
 *
 * lr, rho and eps are fields of clstep_rule. Other fields change the formula, for example:
 *
 *     clip                g = gradient, clipped by value or by a norm (see clstep_clip)
 *     maximize            g = -g
 *     weight_decay > 0    g = g + weight_decay * p       (L2 decay; see clstep_decay)
 *     eps_inside_sqrt     D = sqrt(v + eps)
 *     momentum > 0        b = momentum * b + g / D,      (the state array momentum_buffer)
 *                         p = p - lr * b
 *
 * (G. Hinton, "Neural Networks for Machine Learning", lecture 6e, 2012. Momentum and centring are
 * those of A. Graves, arXiv:1308.0850.) A preset names one framework or paper. It sets every number
 * and switch of a rule to the defaults there, and makes the kernels round where the framework
 * rounds; see clstep_rule_preset().
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
 * Ownership. The library reads the structs, arrays and texts that you pass in during the call only:
 * afterwards you may free or change them. It copies what it needs later, and retains OpenCL
 * objects; the matching destroy releases them. So you may release your own references after the
 * call. Where something must exist longer, such as shared virtual memory, the comments say so. Give
 * what a create or open call made to the matching destroy or close. The order does not matter: an
 * optimizer may outlive its engine. Returned strings belong to the library; do not free them.
 *
 * Threads. Any number of threads may use one engine. Only one thread at a time may use an
 * optimizer; different optimizers may be used at the same time, also on one queue. Calls that take
 * neither, such as those on rules and devices, may run in any thread. Your callbacks run in the
 * thread that made the call. Each thread has its own error record.
 *
 * Process. The library prints nothing, never exits, has no mutable globals and installs no signal
 * handlers. It reads three environment variables: CLSTEP_DEVICE in clstep_device_choose(), and
 * XDG_CACHE_HOME and HOME in the calls of tuning.h. Only the calls of tuning.h touch files. The
 * OpenCL driver may start threads and write caches of its own. OpenCL drivers do not survive
 * fork(): in a forked child, the calls for an engine of the parent, and those for an optimizer that
 * need the driver, return CLSTEP_UNSUPPORTED instead of hanging. Calls that only get or set an
 * optimizer's numbers work. The destroy calls free the child's memory and leave OpenCL alone.
 *
 * This header includes device.h, engine.h, optimizer.h, rule.h and status.h. rule.h and status.h
 * need no OpenCL. Include selftest.h, tuning.h or store.h yourself if you need them; store.h
 * includes safetensors.h, checkpoint.h and convert.h. There are no other public headers for C and
 * C++; clstep_ffi.h has the same for other languages.
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

/* The version of the library at run time. CLSTEP_VERSION is that of the header. From 0.2 on, a
 * library of the same major version fits a program if it is not older than the program's header. */
CLSTEP_API int clstep_version(void);
/* The same as text, such as "0.2.0". */
CLSTEP_API const char *clstep_version_text(void);

#ifdef __cplusplus
}
#endif

#endif
