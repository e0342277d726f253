/* q15.c: see q15.h. e^x is a polynomial around -1/8 times factors e^-(2^k); the quotient takes three Newton steps. */
#include "q15.h"

#define ONE 32767

/* a b / 2^15, rounded to the nearest, ties up. */
static int32_t product(int32_t a, int32_t b) { return (a * b + (1 << 14)) >> 15; }

/* e^x in Q0.15 of x <= 0 in Q(bits).(15 - bits). */
static int32_t exp_q15(int32_t x, int32_t bits) {
    static const int16_t powers[] = {25520, 19875, 12055, 4435, 600, 11, 0}; /* e^-(1/4) to e^-16 */
    const int32_t eighth = 28918, third = 10923;                             /* e^(-1/8) and 1/3 */
    int32_t fraction = 15 - bits, quarter = 1 << (fraction - 2);
    if (x == 0)
        return ONE;
    if (x < -(32 << fraction))
        return 0;
    int32_t within = (x & (quarter - 1)) - quarter, a = within * (1 << bits) + (1 << 12), a2 = product(a, a);
    int32_t series = edsc_halved(product(edsc_halved(product(a2, a2), 2) + product(a2, a), third) + a2, 1);
    int32_t y = edsc_held16(eighth + product(eighth, a + series));
    for (int32_t index = 0; index < 7 && index - 2 < bits; index++)
        if ((within - x) & quarter << index)
            y = product(y, powers[index]);
    return y;
}

/* 2 / (1 + x) in Q2.13 of x >= 0 in Q0.15. */
static int32_t quotient(int32_t x) {
    int32_t half = (x + ONE + 1) >> 1, y = 23130 + product(half, -15420); /* 48/17 - 32/17 half */
    for (int step = 0; step < 3; step++)
        y += edsc_held16(product(y, (1 << 13) - product(half, y)) * 4);
    return y;
}

int32_t edsc_sigmoid_q15(int32_t x) {
    int32_t y = edsc_held16(quotient(exp_q15(x < 0 ? x : -x, 3)) * 2);
    return x > 0 ? y : x < 0 ? ONE - y : 1 << 14;
}

int32_t edsc_tanh_q15(int32_t x, int32_t bits) {
    int32_t y = edsc_held16((quotient(exp_q15(x < 0 ? x : -x, bits + 1)) - (1 << 13)) * 4);
    return x == 0 ? 0 : x < 0 ? -y : y;
}

int edsc_scalable(const int8_t *w, size_t k, int64_t largest, int32_t bias, int32_t multiplier, int32_t shift) {
    int64_t sum = bias < 0 ? -(int64_t)bias : bias;
    for (size_t i = 0; i < k; i++)
        sum += largest * (w[i] < 0 ? -w[i] : w[i]);
    return multiplier >= 0 && shift >= -31 && shift <= 30 && sum < (int64_t)1 << (shift > 0 ? 31 - shift : 31);
}
