/* The plan: every element is in exactly one chunk, for any tensors. */
#include "optimizer/plan.h"
#include "abi/block8.h"

#include "base/memory.h"
#include "suites.h"

#include <stdint.h>

static const clstep__plan_limits usual = {
    .width = 16, .chunk_elements = 1024, .arena_elements = UINT64_MAX};

static const clstep__plan_kind usual_kinds[2] = {{.words = 1}, {.words = 1}};

static int buffers[128];

static clstep__plan_tensor tensor(uint64_t param_offset, uint64_t grad_offset, uint64_t count)
{
    return (clstep__plan_tensor){.param = &buffers[0],
                                 .grad = &buffers[1],
                                 .param_offset = param_offset,
                                 .grad_offset = grad_offset,
                                 .count = count};
}

static void expect_chunk(const clstep_chunk *chunk, const clstep__plan_limits *limits)
{
    ck_assert_uint_gt(chunk->count, 0);
    ck_assert_uint_le(chunk->count, limits->chunk_elements);
    const int aligned = chunk->param % limits->width == 0 && chunk->grad % limits->width == 0 &&
                        chunk->state % limits->width == 0;
    ck_assert_int_eq((chunk->buffers & CLSTEP_CHUNK_ALIGNED) != 0, aligned);
}

/* Walks the chunk table along the tensors; fails unless it covers each exactly. A chunk may span
 * several. */
static void expect_cover(const clstep__plan *plan, const clstep__plan_tensor *tensors, size_t count,
                         const clstep__plan_limits *limits)
{
    const clstep_chunk *chunk = plan->chunks;
    uint64_t used = 0; /* of the chunk */
    for (size_t i = 0; i < count; i++) {
        const clstep__plan_tensor *of = &tensors[i];
        uint64_t done = 0;
        while (done < of->count) {
            ck_assert(chunk < plan->chunks + plan->chunk_count);
            ck_assert_uint_eq(chunk->param + used, of->param_offset + done);
            ck_assert_uint_eq(chunk->grad + used, of->grad_offset + done);
            ck_assert_uint_eq(chunk->state + used, of->state_offset + done);
            expect_chunk(chunk, limits);
            if (done > 0 && used == 0) /* all but a first begin at an aligned parameter and state */
                ck_assert_uint_eq((chunk->param | chunk->state) % limits->width, 0);
            const uint64_t part =
                of->count - done < chunk->count - used ? of->count - done : chunk->count - used;
            done += part;
            used += part;
            if (used == chunk->count) {
                used = 0;
                chunk++;
            }
        }
    }
    ck_assert_uint_eq(used, 0);
    ck_assert_ptr_eq(chunk, plan->chunks + plan->chunk_count);
}

static void expect_launches(const clstep__plan *plan)
{
    uint64_t next = 0;
    for (size_t i = 0; i < plan->launch_count; i++) {
        ck_assert_uint_eq(plan->launches[i].first_chunk, next);
        ck_assert_uint_gt(plan->launches[i].chunk_count, 0);
        ck_assert_uint_le(plan->launches[i].param_count, CLSTEP_BUFFERS_MAX);
        ck_assert_uint_le(plan->launches[i].grad_count, CLSTEP_BUFFERS_MAX);
        next += plan->launches[i].chunk_count;
    }
    ck_assert_uint_eq(next, plan->chunk_count);
}

START_TEST(sizes_and_offsets)
{
    static const uint64_t sizes[] = {0, 1, 15, 16, 17, 1007, 1008, 1023, 1024, 1025, 5000};
    enum { SIZES = sizeof sizes / sizeof *sizes, COUNT = SIZES * 17 };
    clstep__plan_tensor tensors[COUNT];
    uint64_t end = 0;
    for (size_t i = 0; i < COUNT; i++) {
        tensors[i] = tensor(end + i % 17, end + (i % 17) * (i % 3), sizes[i % SIZES]);
        end = tensors[i].param_offset + tensors[i].count + 100;
    }
    clstep__plan plan;
    ck_assert_int_eq(clstep__plan_make(&plan, tensors, COUNT, usual_kinds, 1, &usual), CLSTEP_OK);
    expect_cover(&plan, tensors, COUNT, &usual);
    expect_launches(&plan);
    ck_assert_uint_eq(plan.launch_count, 1);
    ck_assert_uint_eq(plan.arena_count, 1);
    /* state is packed: at most 15 elements between two tensors, none shared */
    uint64_t state_end = 0;
    for (size_t i = 0; i < COUNT; i++) {
        if (tensors[i].count == 0)
            continue;
        ck_assert_uint_eq(tensors[i].state_offset % 16, tensors[i].param_offset % 16);
        ck_assert_uint_ge(tensors[i].state_offset, state_end);
        ck_assert_uint_lt(tensors[i].state_offset, state_end + 16);
        state_end = tensors[i].state_offset + tensors[i].count;
    }
    ck_assert_uint_eq(plan.arenas[0].elements, state_end);
    clstep__plan_free(&plan);
}
END_TEST

/* What lies side by side in all arrays is cut as one; a gap, other constants or another buffer
 * divides. */
START_TEST(neighbours)
{
    enum { COUNT = 12 };
    static const clstep__plan_kind in_blocks = {.in_blocks = 1, .words = 1};
    clstep__plan_tensor tensors[COUNT];
    clstep__plan plan;
    for (size_t i = 0; i < COUNT; i++)
        tensors[i] = tensor(5 + i * 300, i * 300, 300);
    ck_assert_int_eq(clstep__plan_make(&plan, tensors, COUNT, usual_kinds, 1, &usual), CLSTEP_OK);
    expect_cover(&plan, tensors, COUNT, &usual);
    ck_assert_uint_eq(plan.chunk_count, 4); /* of 3600 elements, at most 1024 */
    clstep__plan_free(&plan);

    tensors[4].param_offset++;
    tensors[4].count--; /* in front of it and of its gradient's end */
    tensors[6].slot = 1;
    tensors[9].grad = &buffers[2];
    ck_assert_int_eq(clstep__plan_make(&plan, tensors, COUNT, usual_kinds, 1, &usual), CLSTEP_OK);
    expect_cover(&plan, tensors, COUNT, &usual);
    expect_launches(&plan);
    /* 4, 1, 1, 1, 2, 1 and 2 tensors, of which the first take two chunks */
    ck_assert_uint_eq(plan.chunk_count, 8);
    clstep__plan_free(&plan);

    for (size_t i = 0; i < COUNT; i++)
        tensors[i] = tensor(i * 256, i * 256, i == 7 ? 200 : 256);
    ck_assert_int_eq(clstep__plan_make(&plan, tensors, COUNT, &in_blocks, 1, &usual), CLSTEP_OK);
    expect_cover(&plan, tensors, COUNT, &usual);
    ck_assert_uint_eq(plan.chunk_count, 3); /* 7 * 256 + 200 elements, and 4 * 256 */
    for (uint64_t i = 0; i < plan.chunk_count; i++)
        ck_assert_uint_eq(plan.chunks[i].element, plan.chunks[i].param);
    clstep__plan_free(&plan);

    /* side by side in memory, but another's elements are numbered in between */
    const clstep__plan_kind both[2] = {in_blocks, {.words = 1}};
    tensors[1].kind = 1;
    tensors[1].param_offset = 100000;
    tensors[2] = tensor(256, 256, 256);
    ck_assert_int_eq(clstep__plan_make(&plan, tensors, 3, both, 2, &usual), CLSTEP_OK);
    ck_assert_uint_eq(plan.chunk_count, 3);
    ck_assert_uint_eq(plan.chunks[0].element, 0);
    ck_assert_uint_eq(plan.chunks[1].param, 256);
    ck_assert_uint_eq(plan.chunks[1].element, 512);
    clstep__plan_free(&plan);
}
END_TEST

/* Counts and offsets beyond 2^32. */
START_TEST(beyond_32_bits)
{
    const clstep__plan_limits limits = {
        .width = 16, .chunk_elements = 1u << 20, .arena_elements = (uint64_t)1 << 34};
    const uint64_t huge = ((uint64_t)1 << 33) + 12345;
    clstep__plan_tensor tensors[] = {tensor(7, 7, huge), tensor(huge + 100, huge + 100, huge),
                                     tensor(huge * 3, huge * 3, 5)};
    clstep__plan plan;
    ck_assert_int_eq(clstep__plan_make(&plan, tensors, 3, usual_kinds, 1, &limits), CLSTEP_OK);
    expect_cover(&plan, tensors, 3, &limits);
    expect_launches(&plan);
    ck_assert_uint_eq(plan.arena_count, 2); /* the second does not fit behind the first */
    ck_assert_uint_eq(tensors[0].arena, 0);
    ck_assert_uint_eq(tensors[1].arena, 1);
    ck_assert_uint_eq(plan.arenas[0].elements, huge + 7);
    ck_assert_uint_gt(plan.arenas[1].elements, (uint64_t)1 << 33);
    clstep__plan_free(&plan);
}
END_TEST

START_TEST(arenas)
{
    const clstep__plan_limits limits = {.width = 4, .chunk_elements = 16, .arena_elements = 100};
    clstep__plan_tensor tensors[10];
    for (size_t i = 0; i < 10; i++)
        tensors[i] = tensor(i * 300, i * 300, i == 4 ? 250 : 40);
    clstep__plan plan;
    ck_assert_int_eq(clstep__plan_make(&plan, tensors, 10, usual_kinds, 1, &limits), CLSTEP_OK);
    expect_cover(&plan, tensors, 10, &limits);
    expect_launches(&plan);
    for (size_t a = 0; a < plan.arena_count; a++) {
        if (a != tensors[4].arena)
            ck_assert_uint_le(plan.arenas[a].elements, 100);
    }
    ck_assert_uint_ge(plan.arenas[tensors[4].arena].elements,
                      250); /* larger than an arena: alone */
    ck_assert_uint_ne(tensors[3].arena, tensors[4].arena);
    ck_assert_uint_ne(tensors[5].arena, tensors[4].arena);
    ck_assert_uint_eq(plan.launch_count, plan.arena_count);
    clstep__plan_free(&plan);
}
END_TEST

/* `tensors`, one chunk each, over so many parameter buffers and three of gradients: `launches`, of
 * up to `most` parameter buffers. */
static void expect_buffers(uint32_t distinct, size_t launches, uint32_t binding, uint32_t most)
{
    enum { COUNT = 100 };
    clstep__plan_tensor tensors[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        tensors[i] = tensor(i / distinct * 10, i * 10, 10);
        tensors[i].param = &buffers[i % distinct];
        tensors[i].grad = &buffers[COUNT + i % 3];
    }
    clstep__plan plan;
    ck_assert_int_eq(clstep__plan_make(&plan, tensors, COUNT, usual_kinds, 1, &usual), CLSTEP_OK);
    expect_cover(&plan, tensors, COUNT, &usual);
    expect_launches(&plan);
    ck_assert_uint_eq(plan.launch_count, launches);
    for (size_t l = 0; l < launches; l++) {
        const clstep__launch *launch = &plan.launches[l];
        ck_assert_uint_eq(launch->binding, binding);
        ck_assert_uint_le(launch->param_count, most);
        for (uint64_t i = launch->first_chunk; i < launch->first_chunk + launch->chunk_count; i++) {
            const uint32_t param = CLSTEP_CHUNK_PARAM(plan.chunks[i].buffers);
            const uint32_t grad = CLSTEP_CHUNK_GRAD(plan.chunks[i].buffers);
            ck_assert_ptr_eq(launch->params[param], tensors[i].param);
            ck_assert_ptr_eq(launch->grads[grad], tensors[i].grad);
        }
    }
    clstep__plan_free(&plan);
}

START_TEST(buffers_per_launch)
{
    expect_buffers(1, 1, CLSTEP_BINDING_FEW, 1); /* there are three of gradients */
    expect_buffers(8, 1, CLSTEP_BINDING_FEW, 8);
    expect_buffers(9, 1, CLSTEP_BINDING_MANY, 9);
    expect_buffers(32, 1, CLSTEP_BINDING_MANY, 32);
    expect_buffers(33, 4, CLSTEP_BINDING_MANY, 32); /* 100 in runs of 32 */
    expect_buffers(100, 4, CLSTEP_BINDING_MANY, 32);
}
END_TEST

/* Buffers whose addresses are all known: one launch for any number, and addresses for offsets. */
START_TEST(addresses_per_launch)
{
    enum { COUNT = 100 };
    static const clstep__plan_kind kinds[2] = {{.words = 1},
                                               {.words = 1, .param_size = 2, .grad_size = 4}};
    static char memory[2][COUNT];
    clstep__plan_tensor tensors[COUNT];
    clstep__plan plan;
    for (uint32_t i = 0; i < COUNT; i++) {
        tensors[i] = tensor(i, 2 * i + 16, 10);
        tensors[i].param = tensors[i].param_address = &memory[0][i];
        tensors[i].grad = tensors[i].grad_address = &memory[1][i];
        tensors[i].slot = i % 8;
        tensors[i].kind = 1;
    }
    ck_assert_int_eq(clstep__plan_make(&plan, tensors, COUNT, kinds, 2, &usual), CLSTEP_OK);
    expect_launches(&plan);
    ck_assert_uint_eq(plan.launch_count, 1);
    ck_assert_uint_eq(plan.launches[0].binding, CLSTEP_BINDING_POINTERS);
    ck_assert_uint_eq(plan.chunk_count, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        const clstep_chunk *chunk = &plan.chunks[i];
        ck_assert_uint_eq(chunk->param, (uintptr_t)&memory[0][i] + 2 * i);
        ck_assert_uint_eq(chunk->grad, (uintptr_t)&memory[1][i] + 4 * (2 * i + 16));
        ck_assert_uint_eq(chunk->constants, i % 8 ? i % 8 + 1 : 0);
        /* by the offsets: a buffer's begin is aligned, or the tensor says that it is not */
        ck_assert_int_eq((chunk->buffers & CLSTEP_CHUNK_ALIGNED) != 0, i % 16 == 0);
    }
    clstep__plan_free(&plan);
    tensors[50].grad_address = NULL;
    ck_assert_int_eq(clstep__plan_make(&plan, tensors, COUNT, kinds, 2, &usual), CLSTEP_OK);
    ck_assert_uint_gt(plan.launch_count, 1);
    clstep__plan_free(&plan);
}
END_TEST

/* A launch serves any number of slots: the constants of its first tensor come by value, those of
 * others from the table. */
START_TEST(slots_per_launch)
{
    enum { COUNT = 1500 };
    static clstep__plan_tensor tensors[COUNT];
    clstep__plan plan;
    tensors[0] = tensor(0, 0, 10);
    ck_assert_int_eq(clstep__plan_make(&plan, tensors, 1, usual_kinds, 1, &usual), CLSTEP_OK);
    ck_assert_uint_eq(plan.launches[0].binding, CLSTEP_BINDING_SINGLE);
    clstep__plan_free(&plan);
    for (size_t i = 0; i < COUNT; i++) {
        tensors[i] = tensor(i * 10, i * 10, 10);
        tensors[i].slot = (uint32_t)(i / 3);
        tensors[i].kind = tensors[i].slot % 2;
    }
    ck_assert_int_eq(clstep__plan_make(&plan, tensors, COUNT, usual_kinds, 2, &usual), CLSTEP_OK);
    expect_launches(&plan);
    ck_assert_uint_eq(plan.launch_count, 2); /* 250 slots in each of two kinds */
    ck_assert_uint_eq(plan.arena_count, 2);
    for (size_t i = 0; i < COUNT; i++) {
        const clstep__launch *launch = &plan.launches[tensors[i].launch];
        ck_assert_uint_eq(launch->kind, tensors[i].kind);
        ck_assert_uint_eq(launch->binding, CLSTEP_BINDING_SINGLE);
        const clstep_chunk *chunk = plan.chunks + launch->first_chunk;
        while (chunk->param + chunk->count <= tensors[i].param_offset)
            chunk++;
        ck_assert_uint_eq(chunk->constants,
                          tensors[i].slot == launch->slot ? 0 : tensors[i].slot + 1);
    }
    clstep__plan_free(&plan);
}
END_TEST

START_TEST(nothing)
{
    clstep__plan plan;
    ck_assert_int_eq(clstep__plan_make(&plan, NULL, 0, usual_kinds, 0, &usual), CLSTEP_OK);
    ck_assert_uint_eq(plan.launch_count + plan.arena_count + plan.chunk_count, 0);
    clstep__plan_free(&plan);
    clstep__plan_tensor empty = tensor(5, 5, 0);
    ck_assert_int_eq(clstep__plan_make(&plan, &empty, 1, usual_kinds, 1, &usual), CLSTEP_OK);
    ck_assert_uint_eq(plan.launch_count + plan.arena_count + plan.chunk_count, 0);
    clstep__plan_free(&plan);
}
END_TEST

/* Where random bits are drawn, chunks and state begin at multiples of a block of the tensor,
 * and elements are numbered whatever width, chunks and arenas are. */
START_TEST(blocks)
{
    static const clstep__plan_kind kinds[2] = {{.in_blocks = 1, .words = 1}, {.words = 2}};
    static const clstep__plan_limits limits[2] = {
        {.width = 16, .chunk_elements = 16, .arena_elements = UINT64_MAX},
        {.width = 4, .chunk_elements = 1040, .arena_elements = 600}};
    for (int l = 0; l < 2; l++) {
        clstep__plan_tensor tensors[4] = {tensor(3, 3, 1), tensor(10, 10, 0), tensor(23, 29, 129),
                                          tensor(200, 200, 5000)};
        tensors[2].kind = 1;
        clstep__plan plan;
        ck_assert_int_eq(clstep__plan_make(&plan, tensors, 4, kinds, 2, &limits[l]), CLSTEP_OK);
        static const uint64_t elements[4] = {0, 128, 128, 384};
        for (int i = 0; i < 4; i++)
            ck_assert_uint_eq(tensors[i].element, elements[i]);
        ck_assert_uint_eq(tensors[0].state_offset % CLSTEP_BLOCK8_ELEMENTS, 0);
        ck_assert_uint_eq(tensors[3].state_offset % CLSTEP_BLOCK8_ELEMENTS, 0);
        expect_launches(&plan);
        uint64_t next = 200;
        for (uint64_t c = 0; c < plan.chunk_count; c++) {
            const clstep_chunk *chunk = &plan.chunks[c];
            if (chunk->param < 200)
                continue;
            ck_assert_uint_eq(chunk->param, next);
            ck_assert_uint_eq(chunk->element, 384 + next - 200);
            ck_assert_uint_eq(chunk->element % CLSTEP_BLOCK8_ELEMENTS, 0);
            ck_assert_uint_eq(chunk->state % CLSTEP_BLOCK8_ELEMENTS, 0);
            next += chunk->count;
        }
        ck_assert_uint_eq(next, 5200);
        clstep__plan_free(&plan);
    }
}
END_TEST

Suite *plan_suite(void)
{
    Suite *suite = suite_create("plan");
    TCase *tests = tcase_create("plan");
    tcase_add_test(tests, sizes_and_offsets);
    tcase_add_test(tests, neighbours);
    tcase_add_test(tests, beyond_32_bits);
    tcase_add_test(tests, arenas);
    tcase_add_test(tests, buffers_per_launch);
    tcase_add_test(tests, addresses_per_launch);
    tcase_add_test(tests, slots_per_launch);
    tcase_add_test(tests, nothing);
    tcase_add_test(tests, blocks);
    suite_add_tcase(suite, tests);
    return suite;
}
