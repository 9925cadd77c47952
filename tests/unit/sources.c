/*
 * The reference against each framework's update, written anew from the formulas of its source in
 * the order in which it writes them, with the number types that it forms its constants in. Bits of
 * the parameter and of every array, after every step. This is all that stands behind the presets
 * whose frameworks do not run here.
 */
#include "reference/reference.h"

#include "suites.h"

#include <math.h>
#include <stdio.h>

enum { ELEMENTS = 257, STEPS = 300 };

/* An element in a source's own words; b with the sign that the source gives it. */
typedef struct {
    float p, v, m, b;
} element;

/* What a user gives, in the types of a scripting language. */
typedef struct {
    double lr, rho, eps, mu, wd;
} options;

typedef void source(element *e, float g, const options *o);

/* ---- libraries that are written in double numbers and compute in arrays of fp32 */

static void chainer(element *e, float g, const options *o)
{
    const float alpha = (float)o->rho, one_minus = (float)(1 - o->rho);
    e->v *= alpha;
    const float weighted = one_minus * g;
    e->v += weighted * g;
    const float denominator = sqrtf(e->v) + (float)o->eps;
    e->p -= (float)o->lr * g / denominator;
}

static void chainer_inside(element *e, float g, const options *o)
{
    const float alpha = (float)o->rho, one_minus = (float)(1 - o->rho);
    e->v *= alpha;
    const float weighted = one_minus * g;
    e->v += weighted * g;
    e->p -= (float)o->lr * g / sqrtf(e->v + (float)o->eps);
}

static void chainer_graves(element *e, float g, const options *o)
{
    const float alpha = (float)o->rho, one_minus = (float)(1 - o->rho);
    e->v *= alpha;
    const float weighted = one_minus * g;
    e->v += weighted * g;
    e->m *= alpha;
    e->m += weighted;
    e->b *= (float)o->mu;
    const float square = e->m * e->m;
    e->b -= (float)o->lr * g / sqrtf(e->v - square + (float)o->eps);
    e->p += e->b;
}

static void mlx(element *e, float g, const options *o)
{
    const float square = g * g;
    const float added = (float)(1 - o->rho) * square;
    e->v = (float)o->rho * e->v + added;
    e->p = e->p - (float)o->lr * g / (sqrtf(e->v) + (float)o->eps);
}

/* dw = -g: it ascends. 0.05 is a constant of its own. */
static void dqn(element *e, float g, const options *o)
{
    float dw = -g;
    if (o->wd > 0)
        dw += (float)-o->wd * e->p;
    e->m *= (float)0.95;
    e->m += (float)0.05 * dw;
    float tmp = dw * dw;
    e->v *= (float)0.95;
    e->v += (float)0.05 * tmp;
    tmp = e->m * e->m;
    tmp *= -1.0f;
    tmp += e->v;
    tmp += (float)0.01;
    tmp = sqrtf(tmp);
    const float numerator = (float)o->lr * dw;
    e->p += numerator / tmp;
    (void)o;
}

/* ---- libraries that are written in fp32 */

static void mxnet(element *e, float g, const options *o)
{
    const float rho = (float)o->rho, lr = (float)o->lr, wd = (float)o->wd;
    g += wd * e->p;
    const float square = g * g;
    e->v = (1.f - rho) * square + rho * e->v;
    e->p = e->p - lr * g / (sqrtf(e->v) + (float)o->eps);
}

static void mxnet_alex(element *e, float g, const options *o)
{
    const float rho = (float)o->rho, lr = (float)o->lr, wd = (float)o->wd;
    g += wd * e->p;
    float square = g * g;
    e->v = (1.f - rho) * square + rho * e->v;
    e->m = (1.f - rho) * g + rho * e->m;
    square = e->m * e->m;
    e->b = (float)o->mu * e->b - lr * g / sqrtf(e->v - square + (float)o->eps);
    e->p = e->p + e->b;
}

static void paddle(element *e, float g, const options *o)
{
    const float rho = (float)o->rho, lr = (float)o->lr;
    const float weighted = (1 - rho) * g;
    e->v = rho * e->v + weighted * g;
    const float x = lr * g / sqrtf(e->v + (float)o->eps);
    e->b = (float)o->mu * e->b + x;
    e->p = e->p - e->b;
}

static void paddle_centered(element *e, float g, const options *o)
{
    const float rho = (float)o->rho, lr = (float)o->lr;
    const float weighted = (1 - rho) * g;
    e->v = rho * e->v + weighted * g;
    e->m = rho * e->m + (1 - rho) * g;
    const float square = e->m * e->m;
    const float x = lr * g / sqrtf(e->v - square + (float)o->eps);
    e->b = (float)o->mu * e->b + x;
    e->p = e->p - e->b;
}

/* axpby, powx, add_scalar, div, axpby, axpy */
static void caffe(element *e, float g, const options *o)
{
    const float decay = (float)o->rho;
    if (o->wd > 0)
        g += (float)o->wd * e->p;
    float update = g * g;
    update *= 1 - decay;
    e->v *= decay;
    e->v += update;
    update = sqrtf(e->v);
    update += (float)o->eps;
    update = g / update;
    const float diff = (float)o->lr * update;
    e->p -= diff;
}

static void nnabla(element *e, float g, const options *o)
{
    const float decay = (float)o->rho;
    e->v = e->v * decay + g * g * (1 - decay);
    e->p -= (float)o->lr / (sqrtf(e->v) + (float)o->eps) * g;
}

static void optimisers_jl(element *e, float g, const options *o)
{
    const float rho = (float)o->rho;
    e->v = rho * e->v + (1 - rho) * (g * g);
    e->p -= g * (float)o->lr / (sqrtf(e->v - 0.0f * 0.0f) + (float)o->eps);
}

static void optimisers_jl_centred(element *e, float g, const options *o)
{
    const float rho = (float)o->rho;
    e->v = rho * e->v + (1 - rho) * (g * g);
    e->m = rho * e->m + (1 - rho) * g;
    const float square = e->m * e->m;
    e->p -= g * (float)o->lr / (sqrtf(e->v - square) + (float)o->eps);
}

static void tensorflow(element *e, float g, const options *o)
{
    const float rest = 1.0f - (float)o->rho;
    e->v += (g * g - e->v) * rest;
    const float x = (g * (float)o->lr) / sqrtf(e->v + (float)o->eps);
    e->b = e->b * (float)o->mu + x;
    e->p -= e->b;
}

static void tensorflow_centered(element *e, float g, const options *o)
{
    const float rest = 1.0f - (float)o->rho;
    e->v += (g * g - e->v) * rest;
    e->m += (g - e->m) * rest;
    const float square = e->m * e->m;
    const float x = (g * (float)o->lr) / sqrtf((e->v - square) + (float)o->eps);
    e->b = e->b * (float)o->mu + x;
    e->p -= e->b;
}

/* ---- on PyTorch's CPU kernels: mul_, addcmul_, add_ with alpha, addcmul with -1, addcdiv_ */

static void sb3(element *e, float g, const options *o)
{
    const float alpha = (float)o->rho, value = (float)(1 - o->rho);
    if (o->wd != 0)
        g = fmaf((float)o->wd, e->p, g);
    e->v *= alpha;
    e->v = fmaf(value * g, g, e->v);
    const float avg = sqrtf(e->v + (float)o->eps);
    if (o->mu > 0) {
        e->b *= (float)o->mu;
        e->b += 1.0f * g / avg;
        e->p = fmaf((float)-o->lr, e->b, e->p);
    } else {
        e->p += (float)-o->lr * g / avg;
    }
}

static void sb3_centered(element *e, float g, const options *o)
{
    const float alpha = (float)o->rho, value = (float)(1 - o->rho);
    e->v *= alpha;
    e->v = fmaf(value * g, g, e->v);
    e->m *= alpha;
    e->m = fmaf(value, g, e->m);
    const float avg = sqrtf(fmaf(-1.0f * e->m, e->m, e->v) + (float)o->eps);
    e->b *= (float)o->mu;
    e->b += 1.0f * g / avg;
    e->p = fmaf((float)-o->lr, e->b, e->p);
}

/* Keras 3's own step there: mul_, add_ with alpha, add, (add_ with alpha -1,) sqrt_, mul, div. */
static void keras_torch(element *e, float g, const options *o)
{
    const float rho = (float)o->rho, alpha = (float)(1 - o->rho);
    e->v *= rho;
    e->v = fmaf(alpha, g * g, e->v);
    e->p -= g * (float)o->lr / sqrtf(e->v + (float)o->eps);
}

static void keras_torch_centered(element *e, float g, const options *o)
{
    const float rho = (float)o->rho, alpha = (float)(1 - o->rho);
    e->v *= rho;
    e->v = fmaf(alpha, g * g, e->v);
    float denominator = e->v + (float)o->eps;
    e->m *= rho;
    e->m = fmaf(alpha, g, e->m);
    denominator -= e->m * e->m;
    e->b *= (float)o->mu;
    e->b += g * (float)o->lr / sqrtf(denominator);
    e->p -= e->b;
}

/* bitsandbytes' CPU backend; where it fuses was found by running it. */
static void bitsandbytes(element *e, float g, const options *o)
{
    if (o->wd > 0)
        g = fmaf((float)o->wd, e->p, g);
    const float kept = e->v * (float)o->rho;
    e->v = fmaf((float)(1.0 - o->rho) * g, g, kept);
    const float update = g / (sqrtf(e->v) + (float)o->eps);
    e->p = fmaf(-(float)o->lr, update, e->p);
}

/* A preset, its switches, and its source; the first row of a preset has it as it is, but for the
 * decay. `buffer` is the sign of the source's b, 0 where ours keeps none. */
static const struct {
    const char *preset;
    source *update;
    double momentum;
    double weight_decay;
    int centered;
    int eps_inside_sqrt;
    int buffer;
} cases[] = {
    {"chainer", chainer, 0, 0, 0, 0, 0},
    {"chainer", chainer_inside, 0, 0, 0, 1, 0},
    {"graves", chainer_graves, 0.9, 0, 1, 1, -1},
    {"bitsandbytes32", bitsandbytes, 0, 0, 0, 0, 0},
    {"bitsandbytes32", bitsandbytes, 0, 0.02, 0, 0, 0},
    {"mlx", mlx, 0, 0, 0, 0, 0},
    {"dqn", dqn, 0, 0, 1, 1, 0},
    {"dqn", dqn, 0, 0.02, 1, 1, 0},
    {"mxnet", mxnet, 0, 0.02, 0, 0, 0},
    {"mxnet-alex", mxnet_alex, 0.9, 0.02, 1, 1, -1},
    {"paddle", paddle, 0, 0, 0, 1, 0},
    {"paddle", paddle, 0.9, 0, 0, 1, 1},
    {"paddle", paddle_centered, 0.9, 0, 1, 1, 1},
    {"caffe", caffe, 0, 0, 0, 0, 0},
    {"caffe", caffe, 0, 0.02, 0, 0, 0},
    {"nnabla", nnabla, 0, 0, 0, 0, 0},
    {"optimisers.jl", optimisers_jl, 0, 0, 0, 0, 0},
    {"optimisers.jl", optimisers_jl_centred, 0, 0, 1, 0, 0},
    {"tf1", tensorflow, 0, 0, 0, 1, 0},
    {"tf1", tensorflow, 0.9, 0, 0, 1, 1},
    {"tf", tensorflow, 0, 0, 0, 1, 0},
    {"tf", tensorflow_centered, 0.9, 0, 1, 1, 1},
    {"keras-torch", keras_torch, 0, 0, 0, 1, 0},
    {"keras-torch", keras_torch_centered, 0.9, 0, 1, 1, 1},
    {"sb3", sb3, 0, 0, 0, 1, 0},
    {"sb3", sb3, 0.9, 0.02, 0, 1, 1},
    {"sb3", sb3_centered, 0.9, 0, 1, 1, 1},
};

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static float uniform(uint64_t *seed)
{
    return (float)((double)(next_random(seed) >> 11) / 9007199254740992.0 * 2 - 1);
}

/* Nine decades; zeros, constants and subnormals among them. */
static float gradient(uint64_t *seed, int i)
{
    const float any = uniform(seed);
    if (i % 31 == 0)
        return 0.0f;
    if (i % 31 == 7)
        return 1e-41f * any;
    const float scale = powf(10.0f, (float)(i % 9) - 5.0f);
    return i % 37 == 1 ? scale : any * scale;
}

static int same(float a, float b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

/* -0 and 0 are one where a buffer is kept with the other sign. */
static int same_buffer(float ours, float theirs, int sign)
{
    return same(ours, sign < 0 ? -theirs : theirs) || (ours == 0 && theirs == 0);
}

START_TEST(as_the_source_writes_it)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    ck_assert_int_eq(clstep_rule_preset(&rule, cases[_i].preset), CLSTEP_OK);
    if (_i == 0 || strcmp(cases[_i].preset, cases[_i - 1].preset) != 0)
        ck_assert(rule.momentum == cases[_i].momentum && rule.centered == cases[_i].centered &&
                  rule.eps_inside_sqrt == cases[_i].eps_inside_sqrt);
    rule.momentum = cases[_i].momentum;
    rule.weight_decay = cases[_i].weight_decay;
    rule.centered = cases[_i].centered;
    rule.eps_inside_sqrt = cases[_i].eps_inside_sqrt;
    ck_assert_int_eq(clstep_rule_validate(&rule), CLSTEP_OK);
    const options o = {rule.lr, rule.rho, rule.eps, rule.momentum, rule.weight_decay};
    uint64_t seed = 88172645463325252ull;
    for (int i = 0; i < ELEMENTS; i++) {
        element theirs = {.p = 0.5f * uniform(&seed), .v = (float)rule.initial_square_avg};
        float p = theirs.p, state[3] = {theirs.v};
        for (int t = 1; t <= STEPS; t++) {
            const float g = gradient(&seed, i);
            cases[_i].update(&theirs, g, &o);
            clstep__reference(&rule, rule.lr, (uint64_t)t, &p, g, state);
            const float b = state[1 + rule.centered];
            ck_assert_msg(
                same(p, theirs.p) && same(state[0], theirs.v) &&
                    (!rule.centered || same(state[1], theirs.m) || same(state[1], -theirs.m)) &&
                    (!cases[_i].buffer || same_buffer(b, theirs.b, cases[_i].buffer)),
                "%s, element %d, step %d: p %.9g, not %.9g; v %.9g, not %.9g", cases[_i].preset, i,
                t, (double)p, (double)theirs.p, (double)state[0], (double)theirs.v);
        }
    }
}
END_TEST

Suite *sources_suite(void)
{
    Suite *suite = suite_create("sources");
    TCase *tests = tcase_create("sources");
    tcase_add_loop_test(tests, as_the_source_writes_it, 0, sizeof cases / sizeof *cases);
    suite_add_tcase(suite, tests);
    return suite;
}
