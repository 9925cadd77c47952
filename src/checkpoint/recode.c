/*
 * Converts arrays between a checkpoint and the device, a part at a time: widens the numbers of the
 * file to fp32, then rounds them to nearest to the wanted dtype. source.c finds the array to
 * convert from.
 */
#include "checkpoint/recode.h"

#include "abi/block8.h"
#include "base/memory.h"
#include "checkpoint/numbers.h"
#include "format/bfloat16.h"
#include "format/block8.h"
#include "format/float16.h"
#include "safetensors/array_dtype.h"
#include "safetensors/error.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Elements of a part: whole blocks of 8-bit state. */
enum { PART = 1 << 16, BLOCK = CLSTEP_BLOCK8_ELEMENTS };

static const char *const loading = "clstep_checkpoint_load";

clstep_status clstep__recoder_open(clstep__recoder *recoder, const clstep__window *window,
                                   const clstep_safetensors *file, bool allow_nan)
{
    *recoder = (clstep__recoder){.window = window,
                                 .file = file,
                                 .allow_nan = allow_nan,
                                 .bytes = clstep__allocate(PART, sizeof(double)),
                                 .completes = clstep__allocate(PART, sizeof(uint16_t)),
                                 .numbers = clstep__allocate(PART, sizeof(float))};
    if (recoder->bytes && recoder->completes && recoder->numbers)
        return CLSTEP_OK;
    return clstep__store_no_memory(loading);
}

void clstep__recoder_close(clstep__recoder *recoder)
{
    clstep__free(recoder->bytes);
    clstep__free(recoder->completes);
    clstep__free(recoder->numbers);
    *recoder = (clstep__recoder){0};
}

/* ---- reading */

static uint16_t half_at(const void *bytes, size_t i)
{
    return ((const uint16_t *)bytes)[i];
}

/* A number of 16 bits, with its residual if there is one. */
static float widen(int32_t dtype, uint16_t x, const uint16_t *rest)
{
    if (dtype == CLSTEP_DTYPE_BFLOAT16)
        return rest ? clstep__join_bfloat16(x, *rest) : clstep__from_bfloat16(x);
    return rest ? clstep__join_half(x, *rest) : clstep__from_half(x);
}

static void decode_blocks(const clstep__recoder *recoder, const char *state, size_t count)
{
    const uint32_t *scales = (const uint32_t *)(const void *)recoder->completes;
    for (size_t i = 0; i < count; i += BLOCK)
        clstep__decode_block(recoder->bytes + i, scales[i / BLOCK],
                             clstep_state_is_signed(state) != 0,
                             count - i < BLOCK ? count - i : BLOCK, recoder->numbers + i);
}

static void decode(const clstep__recoder *recoder, const clstep__source *source, size_t count)
{
    const uint16_t *rest =
        source->completes == SIZE_MAX ? NULL : (const uint16_t *)(const void *)recoder->completes;
    const double *wide = (const double *)(const void *)recoder->bytes;
    switch (source->dtype) {
    case CLSTEP_DTYPE_FLOAT32:
        memcpy(recoder->numbers, recoder->bytes, count * sizeof *recoder->numbers);
        break;
    case CLSTEP_DTYPE_FLOAT64:
        for (size_t i = 0; i < count; i++)
            recoder->numbers[i] = (float)wide[i];
        break;
    case CLSTEP_DTYPE_UINT8:
        decode_blocks(recoder, source->state, count);
        break;
    default:
        for (size_t i = 0; i < count; i++)
            recoder->numbers[i] =
                widen(source->dtype, half_at(recoder->bytes, i), rest ? rest + i : NULL);
    }
}

static clstep_status read_bytes(const clstep__recoder *recoder, const clstep__source *source,
                                uint64_t first, size_t count)
{
    const size_t size = clstep_dtype_size((clstep_dtype)source->dtype);
    clstep_status status = source->index == SIZE_MAX
                               ? clstep__window_read_buffer(recoder->window, source->param,
                                                            (source->param_offset + first) * size,
                                                            count * size, recoder->bytes)
                               : clstep_safetensors_read(recoder->file, source->index, first * size,
                                                         count * size, recoder->bytes);
    if (status != CLSTEP_OK || source->completes == SIZE_MAX)
        return status;
    if (source->dtype == CLSTEP_DTYPE_UINT8)
        return clstep_safetensors_read(
            recoder->file, source->completes, first / BLOCK * sizeof(uint32_t),
            (count / BLOCK + (count % BLOCK != 0)) * sizeof(uint32_t), recoder->completes);
    return clstep_safetensors_read(recoder->file, source->completes, first * sizeof(uint16_t),
                                   count * sizeof(uint16_t), recoder->completes);
}

/* Refuses a number of the checkpoint that `dtype` cannot hold. */
static clstep_status refuse_number(const clstep__piece *piece, double number, uint64_t element,
                                   int32_t dtype)
{
    char text[CLSTEP__NUMBER_SIZE];
    return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, loading,
                              "\"%.60s%s%.30s\" is %s at element %" PRIu64
                              " in the checkpoint, which %s cannot hold; create the optimizer with "
                              "another dtype, or set options->allow_nan to make it infinite",
                              piece->name->name, piece->state ? "." : "",
                              piece->state ? piece->state : "", clstep__number(number, text),
                              element, clstep__dtype_name(dtype));
}

/* Refuses a finite fp64 number that became infinite in fp32. `count` numbers have been decoded. */
static clstep_status check_decoded(const clstep__recoder *recoder, const clstep__piece *piece,
                                   uint64_t first, size_t count)
{
    const double *wide = (const double *)(const void *)recoder->bytes;
    if (recoder->allow_nan || piece->source.dtype != CLSTEP_DTYPE_FLOAT64)
        return CLSTEP_OK;
    size_t i = 0;
    while (i < count && (!isfinite(wide[i]) || isfinite(recoder->numbers[i])))
        i++;
    if (i == count)
        return CLSTEP_OK;
    const bool has_16_bits = clstep__is_16_bits(piece->dtype);
    return refuse_number(piece, wide[i], first + i,
                         has_16_bits ? piece->dtype : CLSTEP_DTYPE_FLOAT32);
}

/* Codes cannot be bad: looks at the decoded numbers. */
static clstep_status read_numbers(const clstep__recoder *recoder, const clstep__piece *piece,
                                  uint64_t first, size_t count)
{
    const clstep__source *source = &piece->source;
    clstep_status status = read_bytes(recoder, source, first, count);
    if (status != CLSTEP_OK)
        return status;
    decode(recoder, source, count);
    status = check_decoded(recoder, piece, first, count);
    if (status != CLSTEP_OK || recoder->allow_nan || !source->state)
        return status;
    const bool as_they_lie = source->dtype != CLSTEP_DTYPE_UINT8 && source->completes == SIZE_MAX;
    return clstep__check_numbers(
        loading, piece, source->state, as_they_lie ? source->dtype : CLSTEP_DTYPE_FLOAT32,
        as_they_lie ? (const void *)recoder->bytes : recoder->numbers, first, count);
}

/* ---- writing */

static uint16_t narrow(int32_t dtype, float x)
{
    return dtype == CLSTEP_DTYPE_BFLOAT16 ? clstep__to_bfloat16(x) : clstep__to_half(x);
}

/* The parameter, or its residual. */
static uint16_t split(const clstep__piece *piece, float x)
{
    uint16_t rest;
    const uint16_t param = piece->source.split == CLSTEP_DTYPE_BFLOAT16
                               ? clstep__split_bfloat16(x, &rest)
                               : clstep__split_half(x, &rest);
    return piece->dtype == CLSTEP_DTYPE_UINT16 ? rest : param;
}

/* Writes the codes of whole blocks, or their scales. */
static void encode_blocks(const clstep__recoder *recoder, const clstep__piece *piece, size_t count)
{
    uint32_t to_nearest[BLOCK];
    uint32_t *scales = (uint32_t *)(void *)recoder->bytes;
    uint8_t codes[BLOCK];
    for (size_t i = 0; i < BLOCK; i++)
        to_nearest[i] = 0x80000000u;
    for (size_t i = 0; i < count; i += BLOCK) {
        const size_t in_block = count - i < BLOCK ? count - i : BLOCK;
        const uint32_t scale = clstep__encode_block(
            recoder->numbers + i, clstep_state_is_signed(piece->source.state) != 0, in_block,
            to_nearest, codes);
        if (piece->dtype == CLSTEP_DTYPE_UINT32)
            scales[i / BLOCK] = scale;
        else
            memcpy(recoder->bytes + i, codes, in_block);
    }
}

static void encode(const clstep__recoder *recoder, const clstep__piece *piece, size_t count)
{
    double *wide = (double *)(void *)recoder->bytes;
    uint16_t *halves = (uint16_t *)(void *)recoder->bytes;
    switch (piece->dtype) {
    case CLSTEP_DTYPE_FLOAT32:
        memcpy(recoder->bytes, recoder->numbers, count * sizeof *recoder->numbers);
        break;
    case CLSTEP_DTYPE_FLOAT64:
        for (size_t i = 0; i < count; i++)
            wide[i] = (double)recoder->numbers[i];
        break;
    case CLSTEP_DTYPE_UINT8:
    case CLSTEP_DTYPE_UINT32:
        encode_blocks(recoder, piece, count);
        break;
    default:
        for (size_t i = 0; i < count; i++)
            halves[i] = piece->source.split >= 0 ? split(piece, recoder->numbers[i])
                                                 : narrow(piece->dtype, recoder->numbers[i]);
    }
}

/* Refuses a finite fp32 number that became infinite in 16 bits. `count` numbers have been encoded.
 */
static clstep_status check_overflow(const clstep__recoder *recoder, const clstep__piece *piece,
                                    uint64_t first, size_t count)
{
    if (recoder->allow_nan || !clstep__is_16_bits(piece->dtype))
        return CLSTEP_OK;
    size_t i = 0;
    while (i < count && (!isfinite(recoder->numbers[i]) ||
                         isfinite(widen(piece->dtype, half_at(recoder->bytes, i), NULL))))
        i++;
    if (i == count)
        return CLSTEP_OK;
    return refuse_number(piece, (double)recoder->numbers[i], first + i, piece->dtype);
}

/* ---- the whole */

clstep_status clstep__recode(const clstep__recoder *recoder, const clstep__piece *piece)
{
    const size_t per = piece->dtype == CLSTEP_DTYPE_UINT32 ? BLOCK : 1;
    const size_t size = clstep_dtype_size((clstep_dtype)piece->dtype);
    unsigned char *to = piece->memory;
    uint64_t first = piece->first * per;
    uint64_t left = piece->source.count - first;
    left = left < piece->count * per ? left : piece->count * per;
    clstep_status status = CLSTEP_OK;
    while (status == CLSTEP_OK && left > 0) {
        const size_t count = left < PART ? (size_t)left : PART;
        const size_t bytes = (count / per + (count % per != 0)) * size;
        status = read_numbers(recoder, piece, first, count);
        if (status == CLSTEP_OK) {
            encode(recoder, piece, count);
            status = check_overflow(recoder, piece, first, count);
            memcpy(to, recoder->bytes, bytes);
        }
        to += bytes;
        first += count;
        left -= count;
    }
    return status;
}
