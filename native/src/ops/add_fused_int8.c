/* add_fused_int8: the sum of two quantized tensors, broadcast, in float32 by fused multiply-adds. */
#include "../hot.h"

#include <math.h>

#include "../broadcast.h"
#include "../fixed.h"
#include "../values.h"

/* Whether it is a multiple of 2^-36 no farther from 0 than `most`: then double holds every sum exactly. */
static int is_held(float value, float most) {
    double steps = (double)value * 68719476736.0;
    return value >= -most && value <= most && (double)(int64_t)steps == steps;
}

static int check(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    if (!is_held(edsc_add_fused_int8_a_multiplier(p), 64.0f) || !is_held(edsc_add_fused_int8_b_multiplier(p), 64.0f) ||
        !is_held(edsc_add_fused_int8_offset(p), 65536.0f) || !edsc_has_value(c, 0, edsc_add_fused_int8_a_zero(p)) ||
        !edsc_has_value(c, 0, edsc_add_fused_int8_b_zero(p)) ||
        !edsc_has_output(c, 2, edsc_add_fused_int8_y_zero(p), edsc_add_fused_int8_lo(p), edsc_add_fused_int8_hi(p)))
        return EDSC_ERR_PARAM;
    return edsc_broadcast_check(c);
}

/* x * multiplier + addend, rounded once: where the CPU has no such instruction, double does it. */
static inline float fused(int32_t x, float multiplier, float addend) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
    return fmaf((float)x, multiplier, addend);
#else
    return (float)((double)x * (double)multiplier + (double)addend);
#endif
}

#ifndef EDSC_SMALL
enum { CHUNK = 64 }; /* results at a time: loops of so many, apart from operands that y may lie on, become vectors */

static void add_chunk(const uint8_t *p, const int8_t *a, const int8_t *b, int8_t *y) {
    const float a_multiplier = edsc_add_fused_int8_a_multiplier(p), b_multiplier = edsc_add_fused_int8_b_multiplier(p);
    const float offset = edsc_add_fused_int8_offset(p);
    const int32_t a_zero = edsc_add_fused_int8_a_zero(p), b_zero = edsc_add_fused_int8_b_zero(p);
    const int32_t zero = edsc_add_fused_int8_y_zero(p);
    const int32_t lo = edsc_add_fused_int8_lo(p), hi = edsc_add_fused_int8_hi(p);
    int32_t first[CHUNK], second[CHUNK];
    for (size_t i = 0; i < CHUNK; i++)
        first[i] = a[i] - a_zero;
    for (size_t i = 0; i < CHUNK; i++)
        second[i] = b[i] - b_zero;
    for (size_t i = 0; i < CHUNK; i++)
        first[i] = edsc_to_integer(fused(first[i], a_multiplier, fused(second[i], b_multiplier, offset)), zero, lo, hi);
    for (size_t i = 0; i < CHUNK; i++)
        y[i] = (int8_t)first[i];
}
#endif

static void loop(const void *first, const void *second, void *out, const edsc_grid *g) {
    const uint8_t *p = edsc_params(g->call);
    const int8_t *a = first, *b = second;
    int8_t *y = out;
    const float a_multiplier = edsc_add_fused_int8_a_multiplier(p), b_multiplier = edsc_add_fused_int8_b_multiplier(p);
    const float offset = edsc_add_fused_int8_offset(p);
    const int32_t a_zero = edsc_add_fused_int8_a_zero(p), b_zero = edsc_add_fused_int8_b_zero(p);
    const int32_t zero = edsc_add_fused_int8_y_zero(p);
    const int32_t lo = edsc_add_fused_int8_lo(p), hi = edsc_add_fused_int8_hi(p);
    for (size_t o = g->outer; o; o--, a += g->a_outer, b += g->b_outer, y += g->inner) {
        size_t i = 0;
#ifndef EDSC_SMALL
        for (; g->a_inner && g->b_inner && i + CHUNK <= g->inner; i += CHUNK)
            add_chunk(p, a + i, b + i, y + i);
#endif
        for (; i < g->inner; i++) {
            float sum = fused(b[i * g->b_inner] - b_zero, b_multiplier, offset);
            sum = fused(a[i * g->a_inner] - a_zero, a_multiplier, sum);
            y[i] = (int8_t)edsc_to_integer(sum, zero, lo, hi);
        }
    }
}

static void run(const edsc_call *c) { edsc_broadcast(c, loop, 0); }

const edsc_impl edsc_op_add_fused_int8 = {.check = check, .run = run};
