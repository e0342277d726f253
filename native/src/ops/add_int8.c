/* add_int8: the sum of two quantized tensors, broadcast, in integers. */
#ifndef VALUE
#include "../hot.h"

#include "../broadcast.h"
#include "../kernels.h"
#include "../values.h"

enum { MOST = 1 << 21 }; /* times 255 steps twice, and half of 2^30: within int32 */

static int check(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    int32_t a = edsc_add_int8_a_multiplier(p), b = edsc_add_int8_b_multiplier(p), shift = edsc_add_int8_shift(p);
    if (a < -MOST || a > MOST || b < -MOST || b > MOST || shift < 1 || shift > 30 ||
        !edsc_has_value(c, 0, edsc_add_int8_a_zero(p)) || !edsc_has_value(c, 0, edsc_add_int8_b_zero(p)) ||
        !edsc_has_output(c, 2, edsc_add_int8_y_zero(p), edsc_add_int8_lo(p), edsc_add_int8_hi(p)))
        return EDSC_ERR_PARAM;
    return edsc_broadcast_check(c);
}

#define BODY "ops/add_int8.c"
#include "../quantized.h"

const edsc_impl edsc_op_add_int8 = {.check = check, .run = run};
#else

static void TYPED(loop)(const void *first, const void *second, void *out, const edsc_grid *g) {
    const uint8_t *p = edsc_params(g->call);
    const VALUE *a = first, *b = second;
    VALUE *y = out;
    const SUM a_multiplier = edsc_add_int8_a_multiplier(p), b_multiplier = edsc_add_int8_b_multiplier(p);
    const int shift = edsc_add_int8_shift(p);
    const SUM half = (SUM)1 << (shift - 1);
    const int32_t a_zero = edsc_add_int8_a_zero(p), b_zero = edsc_add_int8_b_zero(p);
    const int32_t zero = edsc_add_int8_y_zero(p), lo = edsc_add_int8_lo(p), hi = edsc_add_int8_hi(p);
    for (size_t o = g->outer; o; o--, a += g->a_outer, b += g->b_outer, y += g->inner) {
#ifndef EDSC_SMALL
        if (sizeof *y == 1 && g->a_inner && g->b_inner) {
            const SUM start = half - a_zero * a_multiplier - b_zero * b_multiplier;
            const edsc_sum sum = {(int32_t)a_multiplier, (int32_t)b_multiplier, (int32_t)start, shift, zero, lo, hi};
            EDSC_KERNEL(add_i8)(&sum, (const int8_t *)a, (const int8_t *)b, (int8_t *)y, g->inner);
            continue;
        }
#endif
        for (size_t i = 0; i < g->inner; i++) {
            SUM sum = half + (a[i * g->a_inner] - a_zero) * a_multiplier + (b[i * g->b_inner] - b_zero) * b_multiplier;
            SUM value = (sum >> shift) + zero; /* an arithmetic shift, as every compiler we know makes it */
            y[i] = (VALUE)(value < lo ? lo : value > hi ? hi : value);
        }
    }
}

static void TYPED(run)(const edsc_call *c) { edsc_broadcast(c, TYPED(loop), 0); }
#endif
