/* prelu_int8: quantized x, and below its zero point x times a slope, each scaled by a fixed-point multiplier. */
#ifndef VALUE
#include "../broadcast.h"
#include "../q15.h"
#include "../values.h"

static int check(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    int32_t shift = edsc_prelu_int8_shift(p), slope_shift = edsc_prelu_int8_slope_shift(p);
    if (edsc_prelu_int8_multiplier(p) < 0 || edsc_prelu_int8_slope_multiplier(p) < 0 || shift < -31 || shift > 30 ||
        slope_shift < -31 || slope_shift > 30 || !edsc_has_value(c, 0, edsc_prelu_int8_x_zero(p)) ||
        !edsc_has_value(c, 0, edsc_prelu_int8_slope_zero(p)) ||
        !edsc_has_output(c, 2, edsc_prelu_int8_y_zero(p), edsc_prelu_int8_lo(p), edsc_prelu_int8_hi(p)))
        return EDSC_ERR_PARAM;
    return edsc_broadcast_check(c);
}

/* edsc_scaled() of what fits it; the rest is beyond all limits anyhow. */
static int32_t line(int64_t x, int32_t multiplier, int32_t shift) {
    int32_t most = INT32_MAX >> (shift > 0 ? shift : 0);
    return edsc_scaled((int32_t)(x < -most ? -most : x > most ? most : x), multiplier, shift);
}

#define BODY "ops/prelu_int8.c"
#include "../quantized.h"

const edsc_impl edsc_op_prelu_int8 = {.check = check, .run = run};
#else

static void TYPED(loop)(const void *first, const void *second, void *out, const edsc_grid *g) {
    const uint8_t *p = edsc_params(g->call);
    const VALUE *x = first, *slope = second;
    VALUE *y = out;
    const int32_t zero = edsc_prelu_int8_x_zero(p), lo = edsc_prelu_int8_lo(p), hi = edsc_prelu_int8_hi(p);
    for (size_t o = g->outer; o; o--, x += g->a_outer, slope += g->b_outer, y += g->inner)
        for (size_t i = 0; i < g->inner; i++) {
            int64_t real = x[i * g->a_inner] - zero, value;
            if (real < 0)
                value = line(real * (slope[i * g->b_inner] - edsc_prelu_int8_slope_zero(p)),
                             edsc_prelu_int8_slope_multiplier(p), edsc_prelu_int8_slope_shift(p));
            else
                value = line(real, edsc_prelu_int8_multiplier(p), edsc_prelu_int8_shift(p));
            value += edsc_prelu_int8_y_zero(p);
            y[i] = (VALUE)(value < lo ? lo : value > hi ? hi : value);
        }
}

static void TYPED(run)(const edsc_call *c) { edsc_broadcast(c, TYPED(loop), 0); }
#endif
