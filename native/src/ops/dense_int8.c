/* dense_int8: y = x w^T + b in integers, requantized by a multiplier for each output. The bias holds the zero point of
 * x. Sums of int8 are int32, of int16 int64. */
#include "../hot.h"

#include "../fixed.h"
#include "../kernels.h"
#include "../values.h"

enum { CHUNK = 64 * EDSC_ROWS }; /* sums on the stack at a time, of rows that share the loads of weights or of one */

/* No sum may leave its type, in whatever order a kernel adds: |b| + sum |lowest x * w| bounds them all. */
static int check(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    if (!edsc_has_value(c, 0, edsc_dense_int8_x_zero(p)) ||
        !edsc_has_output(c, 4, edsc_dense_int8_y_zero(p), edsc_dense_int8_lo(p), edsc_dense_int8_hi(p)))
        return EDSC_ERR_PARAM;
    uint32_t m = edsc_dim(c, 1, 0), k = edsc_dim(c, 1, 1);
    int wide = edsc_variant(c) == 1;
    int64_t limit = wide ? INT64_C(1) << 53 : INT64_C(1) << 31, farthest = -(int64_t)edsc_lowest(c, 0);
    const int8_t *w = edsc_data(c, 1);
    const void *b = edsc_data(c, 2);
    const float *multiplier = edsc_data(c, 3);
    for (uint32_t j = 0; j < m; j++, w += k) {
        int64_t bias = wide ? ((const int64_t *)b)[j] : ((const int32_t *)b)[j], total = 0;
        if (bias <= -limit || bias >= limit || multiplier[j] * 0 != 0)
            return EDSC_ERR_CONSTANT;
        for (uint32_t i = 0; i < k; i++)
            total += w[i] < 0 ? -w[i] : w[i];
        if ((bias < 0 ? -bias : bias) + total * farthest >= limit)
            return EDSC_ERR_CONSTANT;
    }
    return EDSC_OK;
}

static void run_i8(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    size_t rows = edsc_rows(c, 0), k = edsc_dim(c, 0, 1), m = edsc_dim(c, 1, 0);
    int32_t zero = edsc_dense_int8_y_zero(p), lo = edsc_dense_int8_lo(p), hi = edsc_dense_int8_hi(p), sums[CHUNK];
    const int8_t *x = edsc_data(c, 0), *w = edsc_data(c, 1);
    const int32_t *b = edsc_data(c, 2);
    const float *multiplier = edsc_data(c, 3);
    int8_t *y = edsc_data(c, 4);
    for (size_t n; rows; rows -= n, x += n * k, y += n * m) {
        n = rows < EDSC_ROWS ? rows : EDSC_ROWS;
        const size_t most = n == 1 ? CHUNK : CHUNK / EDSC_ROWS;
        for (size_t first = 0, count; first < m; first += count) {
            count = m - first < most ? m - first : most;
            edsc_dense_i8(x, n, w + first * k, b + first, sums, count, count, k);
            for (size_t row = 0; row < n; row++)
                EDSC_KERNEL(requantize_i8)(sums + row * count, multiplier + first, zero, lo, hi, y + row * m + first,
                                           count);
        }
    }
}

static void run_i16(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    size_t rows = edsc_rows(c, 0), k = edsc_dim(c, 0, 1), m = edsc_dim(c, 1, 0);
    int32_t zero = edsc_dense_int8_y_zero(p), lo = edsc_dense_int8_lo(p), hi = edsc_dense_int8_hi(p);
    const int16_t *x = edsc_data(c, 0);
    const int64_t *b = edsc_data(c, 2);
    const float *multiplier = edsc_data(c, 3);
    int16_t *y = edsc_data(c, 4);
    for (size_t row = 0; row < rows; row++, x += k, y += m) {
        const int8_t *w = edsc_data(c, 1);
        for (size_t j = 0; j < m; j++, w += k) {
            int64_t sum = b[j];
            for (size_t i = 0; i < k; i++)
                sum += (int32_t)x[i] * w[i];
            y[j] = (int16_t)edsc_to_integer_f64((double)sum * (double)multiplier[j], zero, lo, hi);
        }
    }
}

static void run(const edsc_call *c) {
    if (edsc_variant(c) == 0)
        run_i8(c);
    else
        run_i16(c);
}

const edsc_impl edsc_op_dense_int8 = {.check = check, .run = run};
