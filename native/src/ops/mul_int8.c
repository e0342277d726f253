/* mul_int8: the product of two quantized tensors, broadcast, requantized. */
#ifndef VALUE
#include "../hot.h"

#include "../broadcast.h"
#include "../values.h"

static int check(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    if (edsc_mul_int8_multiplier(p) * 0 != 0 || edsc_mul_int8_offset(p) * 0 != 0 ||
        !edsc_has_value(c, 0, edsc_mul_int8_a_zero(p)) || !edsc_has_value(c, 0, edsc_mul_int8_b_zero(p)) ||
        !edsc_has_output(c, 2, edsc_mul_int8_y_zero(p), edsc_mul_int8_lo(p), edsc_mul_int8_hi(p)))
        return EDSC_ERR_PARAM;
    return edsc_broadcast_check(c);
}

#define BODY "ops/mul_int8.c"
#include "../quantized.h"

const edsc_impl edsc_op_mul_int8 = {.check = check, .run = run};
#else

static void TYPED(loop)(const void *first, const void *second, void *out, const edsc_grid *g) {
    const uint8_t *p = edsc_params(g->call);
    const VALUE *a = first, *b = second;
    VALUE *y = out;
    const float multiplier = edsc_mul_int8_multiplier(p), offset = edsc_mul_int8_offset(p);
    const int32_t a_zero = edsc_mul_int8_a_zero(p), b_zero = edsc_mul_int8_b_zero(p);
    const int32_t zero = edsc_mul_int8_y_zero(p), lo = edsc_mul_int8_lo(p), hi = edsc_mul_int8_hi(p);
    for (size_t o = g->outer; o; o--, a += g->a_outer, b += g->b_outer, y += g->inner)
        for (size_t i = 0; i < g->inner; i++) {
            SUM product = (SUM)(a[i * g->a_inner] - a_zero) * (b[i * g->b_inner] - b_zero);
            if (sizeof(VALUE) == 1)
                y[i] = (VALUE)edsc_to_integer((float)product * multiplier + offset, zero, lo, hi);
            else
                y[i] = (VALUE)edsc_to_integer_f64((double)product * (double)multiplier + (double)offset, zero, lo, hi);
        }
}

static void TYPED(run)(const edsc_call *c) { edsc_broadcast(c, TYPED(loop), 0); }
#endif
