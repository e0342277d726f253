/* q15.h: sigmoid and tanh of 16-bit fixed-point numbers, and scaling by a 32-bit multiplier, in integers alone; the
 * same as edgescore/ops/_q15.py, which says where it comes from. Qm.n: n bits below the point. */
#ifndef EDSC_Q15_H
#define EDSC_Q15_H

#include "internal.h"

/* x / 2^places (0 to 31), rounded to the nearest, ties away from zero. */
static inline int32_t edsc_halved(int32_t x, int32_t places) {
    uint32_t mask = (1u << places) - 1u;
    return (x >> places) + (((uint32_t)x & mask) > (mask >> 1) + (x < 0));
}

/* x held within 16 bits. */
static inline int32_t edsc_held16(int64_t x) {
    return (int32_t)(x < INT16_MIN ? INT16_MIN : x > INT16_MAX ? INT16_MAX : x);
}

/* x times multiplier / 2^31 times 2^shift (-31 to 30), rounded twice; edsc_scalable() says which x fit. */
static inline int32_t edsc_scaled(int32_t x, int32_t multiplier, int32_t shift) {
    int64_t whole = (int64_t)x * (shift > 0 ? 1 << shift : 1) * multiplier;
    return edsc_halved((int32_t)((whole + (1 << 30)) >> 31), shift < 0 ? -shift : 0);
}

/* Whether edsc_scaled() takes the sum of `k` weights times values up to `largest`, plus a bias. */
int edsc_scalable(const int8_t *w, size_t k, int64_t largest, int32_t bias, int32_t multiplier, int32_t shift);

/* 1 / (1 + e^-x) in Q0.15 of x in Q3.12. */
int32_t edsc_sigmoid_q15(int32_t x);

/* tanh x in Q0.15 of x in Q(bits).(15 - bits), bits 0 to 5. */
int32_t edsc_tanh_q15(int32_t x, int32_t bits);

#endif
