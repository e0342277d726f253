/* dot_generic.c: the inner loops of convolutions in plain C99; the definition that other forms are compared with. */
#include "../hot.h"

#include "../fixed.h"
#include "../kernels.h"

#if !defined(EDSC_SMALL) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3") /* else gcc vectorises none of it */
#endif

void edsc_dot_tile_f32_generic(const float *const *x, size_t pixels, const float *w, size_t stride, float *sums,
                               size_t step, size_t m, size_t k) {
    for (size_t j = 0; j < m; j++, w += stride)
        for (size_t p = 0; p < pixels; p++) {
            const float *from = x[p];
            float sum = 0.0f;
            for (size_t i = 0; i < k; i++)
                sum += from[i] * w[i];
            sums[p * step + j] += sum;
        }
}

void edsc_dot_tile_i8_generic(const int8_t *const *x, size_t pixels, int32_t zero, const int8_t *w, size_t stride,
                              int32_t *sums, size_t step, size_t m, size_t k) {
    for (size_t j = 0; j < m; j++, w += stride)
        for (size_t p = 0; p < pixels; p++) {
            const int8_t *from = x[p];
            int32_t sum = 0;
            for (size_t i = 0; i < k; i++)
                sum += (from[i] - zero) * w[i];
            sums[p * step + j] += sum;
        }
}

void edsc_requantize_i8_generic(const int32_t *sums, const float *multiplier, int32_t zero, int32_t lo, int32_t hi,
                                int8_t *y, size_t n) {
    for (size_t i = 0; i < n; i++)
        y[i] = (int8_t)edsc_requantize(sums[i], multiplier[i], zero, lo, hi);
}

#ifdef EDSC_SMALL
/* One pixel, lane by lane, with the weights as they are. */
#define DEPTHWISE(SUM, PUT)                                                                                            \
    for (size_t i = 0, m = 1, to = 0 * (step + pixels + y_step); i < n; i++) {                                         \
        SUM sums[1] = {b ? b[i] : 0};                                                                                  \
        for (size_t t = 0; t < d->taps; t++)                                                                           \
            *sums += (x[t][i] - zero) * *w++;                                                                          \
        PUT;                                                                                                           \
    }
#else
/* Many lanes side by side, with the weights turned. */
enum { LANES = 32 };
#define DEPTHWISE(SUM, PUT)                                                                                            \
    for (size_t at = 0, to = 0; pixels; pixels--, at += step, to += y_step)                                            \
        for (size_t i = 0, m; i < n; i += m) {                                                                         \
            SUM sums[LANES];                                                                                           \
            m = n - i < LANES ? n - i : LANES;                                                                         \
            memcpy(sums, b + i, m * sizeof *sums);                                                                     \
            for (size_t t = 0; t < d->taps; t++)                                                                       \
                for (size_t k = 0; k < m; k++)                                                                         \
                    sums[k] += (x[t][at + i + k] - zero) * w[t * d->lanes + i + k];                                    \
            PUT;                                                                                                       \
        }
#endif

void edsc_depthwise_f32_generic(const edsc_depthwise *d, const float *const *x, size_t step, size_t n, size_t pixels,
                                float *y, size_t y_step) {
    const float *w = d->w, *b = d->b, lo = d->real_lo, hi = d->real_hi, zero = 0;
    DEPTHWISE(float, for (size_t k = 0; k < m; k++) y[to + i + k] = sums[k] < lo ? lo : sums[k] > hi ? hi : sums[k])
}

void edsc_depthwise_i8_generic(const edsc_depthwise *d, const int8_t *const *x, size_t step, size_t n, size_t pixels,
                               void *y, size_t y_step) {
    const int8_t *w = d->w;
    const int32_t *b = d->b, zero = d->x_zero;
    DEPTHWISE(
        int32_t, if (!d->multiplier) memcpy((int32_t *)y + to + i, sums, m * sizeof *sums);
        else edsc_requantize_i8_generic(sums, d->multiplier + i, d->y_zero, d->lo, d->hi, (int8_t *)y + to + i, m))
}
