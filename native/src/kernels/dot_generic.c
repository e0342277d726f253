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

void edsc_dot_taps_f32_generic(const float *const *x, const float *const *w, size_t taps, float *sums, size_t n) {
    for (; taps; taps--, x++, w++)
        for (size_t i = 0; i < n; i++)
            sums[i] += (*x)[i] * (*w)[i];
}

void edsc_dot_taps_i8_generic(const int8_t *const *x, int32_t zero, const int8_t *const *w, size_t taps, int32_t *sums,
                              size_t n) {
    for (; taps; taps--, x++, w++)
        for (size_t i = 0; i < n; i++)
            sums[i] += ((*x)[i] - zero) * (*w)[i];
}

void edsc_requantize_i8_generic(const int32_t *sums, const float *multiplier, int32_t zero, int32_t lo, int32_t hi,
                                int8_t *y, size_t n) {
    for (size_t i = 0; i < n; i++)
        y[i] = (int8_t)edsc_requantize(sums[i], multiplier[i], zero, lo, hi);
}
