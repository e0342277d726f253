/* fixed.h: conversions between real numbers and integers that give the same bits on every CPU; the same as
 * edgescore/ops/_fixed.py. */
#ifndef EDSC_FIXED_H
#define EDSC_FIXED_H

#include <stdint.h>
#include <string.h>

/* `real` rounded half to even, plus `zero`, held between lo and hi; NaN gives `zero`. All three are of 16 bits, and
 * lo <= hi. Held first, then rounded: 1.5 * 2^23 leaves the integer in the low bits of the mantissa, without a call
 * of rintf() or a conversion that could overflow, and vectorises everywhere. */
static inline int32_t edsc_to_integer(float real, int32_t zero, int32_t lo, int32_t hi) {
    float low = (float)(lo - zero), high = (float)(hi - zero);
    real = real == real ? real : 0.0f;
    real = real < low ? low : real > high ? high : real;
    float shifted = real + 12582912.0f;
    int32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    return bits - 0x4B400000 + zero;
}

/* An int32 sum times a float32 multiplier, as edsc_to_integer(). */
static inline int32_t edsc_requantize(int32_t sum, float multiplier, int32_t zero, int32_t lo, int32_t hi) {
    return edsc_to_integer((float)sum * multiplier, zero, lo, hi);
}

/* The same in double, for 32 bits. */
static inline int64_t edsc_to_integer_f64(double real, int64_t zero, int64_t lo, int64_t hi) {
    double low = (double)(lo - zero), high = (double)(hi - zero);
    real = real == real ? real : 0.0;
    real = real < low ? low : real > high ? high : real;
    double shifted = real + 6755399441055744.0;
    int64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    return bits - 0x4338000000000000 + zero;
}

/* `real` without its fraction, held between lo and hi; NaN gives 0. */
static inline int64_t edsc_saturate(double real, int64_t lo, int64_t hi) {
    if (real >= (double)hi)
        return hi;
    if (real <= (double)lo)
        return lo;
    return real == real ? (int64_t)real : 0;
}
#endif
