/* dense_int8: y = x w^T + b in int32, requantized by a multiplier for each output. The bias holds the zero point of x.
 */
#include "../hot.h"

#include "../fixed.h"
#include "../internal.h"
#include "../kernels.h"

#define CHUNK 64u /* outputs whose sums are on the stack at a time */

static int is_int8(int32_t value) { return value >= -128 && value <= 127; }

/* No sum may leave int32, in whatever order a kernel adds: |b| + sum |128 w| bounds them all. */
static int check(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    int32_t lo = edsc_dense_int8_lo(p), hi = edsc_dense_int8_hi(p);
    if (!is_int8(edsc_dense_int8_x_zero(p)) || !is_int8(edsc_dense_int8_y_zero(p)) || !is_int8(lo) || !is_int8(hi) ||
        lo > hi)
        return EDSC_ERR_PARAM;
    uint32_t m = edsc_dim(c, 1, 0), k = edsc_dim(c, 1, 1);
    const int8_t *w = edsc_data(c, 1);
    const int32_t *b = edsc_data(c, 2);
    const float *multiplier = edsc_data(c, 3);
    for (uint32_t j = 0; j < m; j++, w += k) {
        int64_t largest = b[j] < 0 ? -(int64_t)b[j] : b[j];
        for (uint32_t i = 0; i < k; i++)
            largest += 128 * (w[i] < 0 ? -w[i] : w[i]);
        if (largest > INT32_MAX || multiplier[j] * 0 != 0)
            return EDSC_ERR_CONSTANT;
    }
    return EDSC_OK;
}

static void run(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    size_t rows = edsc_rows(c, 0), k = edsc_dim(c, 0, 1), m = edsc_dim(c, 1, 0);
    int32_t zero = edsc_dense_int8_y_zero(p), lo = edsc_dense_int8_lo(p), hi = edsc_dense_int8_hi(p), sums[CHUNK];
    const int8_t *x = edsc_data(c, 0), *w = edsc_data(c, 1);
    const int32_t *b = edsc_data(c, 2);
    const float *multiplier = edsc_data(c, 3);
    int8_t *y = edsc_data(c, 4);
    for (size_t row = 0; row < rows; row++, x += k, y += m)
        for (size_t first = 0; first < m; first += CHUNK) {
            size_t count = m - first < CHUNK ? m - first : CHUNK;
            EDSC_KERNEL(gemv_i8)(x, w + first * k, b + first, sums, count, k);
            for (size_t j = 0; j < count; j++)
                y[first + j] = (int8_t)edsc_requantize(sums[j], multiplier[first + j], zero, lo, hi);
        }
}

const edsc_impl edsc_op_dense_int8 = {.check = check, .run = run};
