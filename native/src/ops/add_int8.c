/* add_int8: the sum of two quantized tensors, broadcast, in integers. */
#ifndef VALUE
#include "../hot.h"

#include "../broadcast.h"
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

#ifndef EDSC_SMALL
enum { CHUNK = 64 }; /* results at a time: loops of so many, apart from operands that y may lie on, become vectors */

static void add_chunk(const uint8_t *p, const int8_t *a, const int8_t *b, int8_t *y) {
    const int32_t a_multiplier = edsc_add_int8_a_multiplier(p), b_multiplier = edsc_add_int8_b_multiplier(p);
    const int32_t zero = edsc_add_int8_y_zero(p), lo = edsc_add_int8_lo(p), hi = edsc_add_int8_hi(p);
    const int shift = edsc_add_int8_shift(p);
    const int32_t start =
        (1 << (shift - 1)) - edsc_add_int8_a_zero(p) * a_multiplier - edsc_add_int8_b_zero(p) * b_multiplier;
    int32_t first[CHUNK], second[CHUNK];
    for (size_t i = 0; i < CHUNK; i++)
        first[i] = a[i];
    for (size_t i = 0; i < CHUNK; i++)
        second[i] = b[i];
    for (size_t i = 0; i < CHUNK; i++) {
        int32_t value = ((start + first[i] * a_multiplier + second[i] * b_multiplier) >> shift) + zero;
        value = value < lo ? lo : value;
        first[i] = value > hi ? hi : value;
    }
    for (size_t i = 0; i < CHUNK; i++)
        y[i] = (int8_t)first[i];
}
#endif

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
        size_t i = 0;
#ifndef EDSC_SMALL
        for (; sizeof *y == 1 && g->a_inner && g->b_inner && i + CHUNK <= g->inner; i += CHUNK)
            add_chunk(p, (const int8_t *)(a + i), (const int8_t *)(b + i), (int8_t *)(y + i));
#endif
        for (; i < g->inner; i++) {
            SUM sum = half + (a[i * g->a_inner] - a_zero) * a_multiplier + (b[i * g->b_inner] - b_zero) * b_multiplier;
            SUM value = (sum >> shift) + zero; /* an arithmetic shift, as every compiler we know makes it */
            y[i] = (VALUE)(value < lo ? lo : value > hi ? hi : value);
        }
    }
}

static void TYPED(run)(const edsc_call *c) { edsc_broadcast(c, TYPED(loop), 0); }
#endif
