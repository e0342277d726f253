/* resize_int8: pictures of integers in another size: weighted sums over rows and columns in 22 fraction bits. */
#include "../internal.h"

enum { ONE = 2048, BITS = 22, CHUNK = 32 }; /* sums at a time */

/* The indices of an axis of `size` elements that are operand `index`, and their weights, the next one. */
static int check_axis(const edsc_call *c, unsigned index, uint32_t size) {
    const int32_t *at = edsc_data(c, index);
    const int16_t *weight = edsc_data(c, index + 1);
    for (size_t o = edsc_dim(c, index, 0); o; o--) {
        int64_t total = 0;
        for (size_t t = edsc_dim(c, index, 1); t; t--, at++, weight++) {
            if (*at < 0 || (uint32_t)*at >= size)
                return EDSC_ERR_CONSTANT;
            total += *weight < 0 ? -*weight : *weight;
        }
        if (total > ONE)
            return EDSC_ERR_CONSTANT;
    }
    return EDSC_OK;
}

static int check(const edsc_call *c) {
    if ((uint32_t)edsc_resize_int8_half_away(edsc_params(c)) > 1)
        return EDSC_ERR_PARAM;
    if (edsc_rank(c, 0) != 4 || edsc_rank(c, 5) != 4 || edsc_dim(c, 0, 0) != edsc_dim(c, 5, 0) ||
        edsc_dim(c, 1, 0) != edsc_dim(c, 5, 1) || edsc_dim(c, 3, 0) != edsc_dim(c, 5, 2) ||
        edsc_dim(c, 0, 3) != edsc_dim(c, 5, 3))
        return EDSC_ERR_SHAPE;
    int status = check_axis(c, 1, edsc_dim(c, 0, 1));
    return status ? status : check_axis(c, 3, edsc_dim(c, 0, 2));
}

static void add_i8(const void *from, int32_t weight, int64_t *sums, size_t n) {
    for (size_t i = 0; i < n; i++)
        sums[i] += weight * ((const int8_t *)from)[i];
}

static void add_i16(const void *from, int32_t weight, int64_t *sums, size_t n) {
    for (size_t i = 0; i < n; i++)
        sums[i] += (int64_t)weight * ((const int16_t *)from)[i];
}

static void run(const edsc_call *c) {
    void (*const add)(const void *, int32_t, int64_t *, size_t) = edsc_variant(c) ? add_i16 : add_i8;
    const size_t size = edsc_variant(c) ? 2 : 1, depth = edsc_dim(c, 0, 3), line = edsc_dim(c, 0, 2);
    const size_t taps = edsc_dim(c, 1, 1), across = edsc_dim(c, 3, 1), wide = edsc_dim(c, 3, 0);
    const int32_t *rows = edsc_data(c, 1), *columns = edsc_data(c, 3);
    const int16_t *row_weights = edsc_data(c, 2), *column_weights = edsc_data(c, 4);
    const int half_away = edsc_resize_int8_half_away(edsc_params(c));
    const uint8_t *x = edsc_data(c, 0);
    uint8_t *y = edsc_data(c, 5);
    for (size_t n = edsc_dim(c, 0, 0); n; n--, x += edsc_dim(c, 0, 1) * line * depth * size)
        for (size_t pixel = 0; pixel < edsc_dim(c, 1, 0) * wide; pixel++) {
            const size_t row = pixel / wide * taps, column = pixel % wide * across;
            for (size_t j = 0, count; j < depth; j += count) {
                int64_t sums[CHUNK] = {0};
                count = depth - j < CHUNK ? depth - j : CHUNK;
                for (size_t t = row; t < row + taps; t++)
                    for (size_t u = column; u < column + across; u++)
                        add(x + (((size_t)rows[t] * line + (size_t)columns[u]) * depth + j) * size,
                            row_weights[t] * column_weights[u], sums, count);
                for (size_t i = 0; i < count; i++, y += size) {
                    /* one less below zero: what was a tie is none, then */
                    int64_t value = (sums[i] + (1 << (BITS - 1)) - (half_away && sums[i] < 0)) >> BITS;
                    if (size == 1)
                        *(int8_t *)y = (int8_t)value;
                    else
                        *(int16_t *)(void *)y = (int16_t)value;
                }
            }
        }
}

const edsc_impl edsc_op_resize_int8 = {.check = check, .run = run};
