/* matmul_int8: products of the quantized matrices in the last two axes, those before broadcast, requantized. */
#ifndef VALUE
#include "../hot.h"

#include "../matrices.h"
#include "../values.h"

enum { CHUNK = 64, MOST = INT32_MAX / (255 * 255) }; /* sums at a time, products in a sum */

static int check(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    if (edsc_matmul_int8_multiplier(p) * 0 != 0 || !edsc_has_value(c, 0, edsc_matmul_int8_a_zero(p)) ||
        !edsc_has_value(c, 0, edsc_matmul_int8_b_zero(p)) ||
        !edsc_has_output(c, 2, edsc_matmul_int8_y_zero(p), edsc_matmul_int8_lo(p), edsc_matmul_int8_hi(p)))
        return EDSC_ERR_PARAM;
    int status = edsc_matrices_check(c);
    return status ? status : edsc_dim(c, 0, edsc_rank(c, 0) - 1) > MOST ? EDSC_ERR_SHAPE : EDSC_OK;
}

#define BODY "ops/matmul_int8.c"
#include "../quantized.h"

const edsc_impl edsc_op_matmul_int8 = {.check = check, .run = run};
#else

static void TYPED(product)(const edsc_matrices *of, const void *first, const void *second, void *result) {
    const uint8_t *p = edsc_params(of->call);
    const float multiplier = edsc_matmul_int8_multiplier(p);
    const int32_t a_zero = edsc_matmul_int8_a_zero(p), b_zero = edsc_matmul_int8_b_zero(p);
    const int32_t zero = edsc_matmul_int8_y_zero(p), lo = edsc_matmul_int8_lo(p), hi = edsc_matmul_int8_hi(p);
    const VALUE *a = first;
    VALUE *y = result;
    for (size_t i = 0; i < of->n; i++, a += of->k)
        for (size_t j = 0, count; j < of->m; j += count) {
            const VALUE *b = (const VALUE *)second + j;
            SUM sums[CHUNK] = {0};
            count = of->m - j < CHUNK ? of->m - j : CHUNK;
            for (size_t at = 0; at < of->k; at++, b += of->m) {
                const SUM factor = a[at] - a_zero;
                for (size_t l = 0; l < count; l++)
                    sums[l] += factor * (b[l] - b_zero);
            }
            for (size_t l = 0; l < count; l++)
                *y++ = (VALUE)FROM_SUM(sums[l], multiplier, zero, lo, hi);
        }
}

static void TYPED(run)(const edsc_call *c) { edsc_matrices_run(c, TYPED(product)); }
#endif
