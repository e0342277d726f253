/* dot_neon.c: the inner loops of dense layers and convolutions for aarch64. Only what every such processor has. */
#include "../hot.h"

#include "../kernels.h"

#ifdef EDSC_HAS_ARM_NEON
#include <arm_neon.h>

#define INLINE static inline __attribute__((always_inline))

/* `pixels` (1, 4) is a constant; of 4 rows of w the first ones are given. Pixels share the loads of w, rows those of x,
 * and together they hide the latency of the multiply-add. */
INLINE void tile_f32(const float *const *x, size_t pixels, const float *w, size_t stride, float *sums, size_t step,
                     size_t k, size_t rows) {
    float32x4_t sum[4][4], xs[4];
    size_t i = 0;
    EDSC_UNROLL
    for (size_t p = 0; p < pixels; p++)
        EDSC_UNROLL
    for (size_t r = 0; r < 4; r++)
        sum[p][r] = vdupq_n_f32(0);
    for (; i + 4 <= k; i += 4) {
        EDSC_UNROLL
        for (size_t p = 0; p < pixels; p++)
            xs[p] = vld1q_f32(x[p] + i);
        EDSC_UNROLL
        for (size_t r = 0; r < 4; r++) {
            const float32x4_t ws = vld1q_f32(w + (r < rows ? r : 0) * stride + i);
            EDSC_UNROLL
            for (size_t p = 0; p < pixels; p++)
                sum[p][r] = vfmaq_f32(sum[p][r], xs[p], ws);
        }
    }
    EDSC_UNROLL
    for (size_t p = 0; p < pixels; p++, sums += step) {
        float total[4];
        vst1q_f32(total, vpaddq_f32(vpaddq_f32(sum[p][0], sum[p][1]), vpaddq_f32(sum[p][2], sum[p][3])));
        for (size_t r = 0; r < rows; r++) {
            for (size_t rest = i; rest < k; rest++)
                total[r] += x[p][rest] * w[r * stride + rest];
            sums[r] += total[r];
        }
    }
}

void edsc_dot_tile_f32_neon(const float *const *x, size_t pixels, const float *w, size_t stride, float *sums,
                            size_t step, size_t m, size_t k) {
    for (size_t j = 0; j < m; j += 4) {
        size_t p = 0, rows = m - j < 4 ? m - j : 4;
        for (; p + 4 <= pixels; p += 4)
            tile_f32(x + p, 4, w + j * stride, stride, sums + p * step + j, step, k, rows);
        for (; p < pixels; p++)
            tile_f32(x + p, 1, w + j * stride, stride, sums + p * step + j, step, k, rows);
    }
}

/* Four lanes at a time; the last four may have some of those before them, again. */
void edsc_depthwise_f32_neon(const edsc_depthwise *d, const float *const *x, size_t step, size_t n, size_t pixels,
                             float *y, size_t y_step) {
    const float32x4_t low = vdupq_n_f32(d->real_lo), high = vdupq_n_f32(d->real_hi);
    if (n < 4) {
        edsc_depthwise_f32_generic(d, x, step, n, pixels, y, y_step);
        return;
    }
    for (size_t at = 0; pixels; pixels--, at += step, y += y_step)
        for (size_t i = 0; i < n; i += 4) {
            i = i + 4 > n ? n - 4 : i;
            const float *w = (const float *)d->w + i;
            float32x4_t sum = vld1q_f32((const float *)d->b + i);
            for (size_t t = 0; t < d->taps; t++, w += d->lanes)
                sum = vfmaq_f32(sum, vld1q_f32(x[t] + at + i), vld1q_f32(w));
            vst1q_f32(y + i, vminq_f32(vmaxq_f32(sum, low), high)); /* NaN stays NaN */
        }
}

/* A product of two values of int8 is within int16, two of them are not: they are added in pairs. */
INLINE int32x4_t add_products(int32x4_t sum, int8x16_t x, int8x16_t w) {
    sum = vpadalq_s16(sum, vmull_s8(vget_low_s8(x), vget_low_s8(w)));
    return vpadalq_s16(sum, vmull_high_s8(x, w));
}

/* As tile_f32. The zero point is taken out by the sum of the weights. */
INLINE void tile_i8(const int8_t *const *x, size_t pixels, int32_t zero, const int8_t *w, size_t stride, int32_t *sums,
                    size_t step, size_t k, size_t rows) {
    int32x4_t sum[4][4], all[4];
    int8x16_t xs[4];
    size_t i = 0;
    EDSC_UNROLL
    for (size_t r = 0; r < 4; r++) {
        all[r] = vdupq_n_s32(0);
        EDSC_UNROLL
        for (size_t p = 0; p < pixels; p++)
            sum[p][r] = vdupq_n_s32(0);
    }
    for (; i + 16 <= k; i += 16) {
        EDSC_UNROLL
        for (size_t p = 0; p < pixels; p++)
            xs[p] = vld1q_s8(x[p] + i);
        EDSC_UNROLL
        for (size_t r = 0; r < 4; r++) {
            const int8x16_t ws = vld1q_s8(w + (r < rows ? r : 0) * stride + i);
            all[r] = vpadalq_s16(all[r], vpaddlq_s8(ws));
            EDSC_UNROLL
            for (size_t p = 0; p < pixels; p++)
                sum[p][r] = add_products(sum[p][r], xs[p], ws);
        }
    }
    const int32x4_t off = vpaddq_s32(vpaddq_s32(all[0], all[1]), vpaddq_s32(all[2], all[3]));
    EDSC_UNROLL
    for (size_t p = 0; p < pixels; p++, sums += step) {
        int32x4_t s = vpaddq_s32(vpaddq_s32(sum[p][0], sum[p][1]), vpaddq_s32(sum[p][2], sum[p][3]));
        int32_t total[4];
        vst1q_s32(total, vmlsq_n_s32(s, off, zero));
        for (size_t r = 0; r < rows; r++) {
            for (size_t rest = i; rest < k; rest++)
                total[r] += (x[p][rest] - zero) * w[r * stride + rest];
            sums[r] += total[r];
        }
    }
}

void edsc_dot_tile_i8_neon(const int8_t *const *x, size_t pixels, int32_t zero, const int8_t *w, size_t stride,
                           int32_t *sums, size_t step, size_t m, size_t k) {
    for (size_t j = 0; j < m; j += 4) {
        size_t p = 0, rows = m - j < 4 ? m - j : 4;
        for (; p + 4 <= pixels; p += 4)
            tile_i8(x + p, 4, zero, w + j * stride, stride, sums + p * step + j, step, k, rows);
        for (; p < pixels; p++)
            tile_i8(x + p, 1, zero, w + j * stride, stride, sums + p * step + j, step, k, rows);
    }
}

/* As edsc_to_integer() in fixed.h, of what cannot be NaN: eight sums. */
INLINE int8x8_t requantize(int32x4_t low, int32x4_t high, const float *multiplier, const edsc_depthwise *d) {
    const float32x4_t lo = vdupq_n_f32((float)(d->lo - d->y_zero)), hi = vdupq_n_f32((float)(d->hi - d->y_zero));
    const int32x4_t zero = vdupq_n_s32(d->y_zero);
    float32x4_t a = vmulq_f32(vcvtq_f32_s32(low), vld1q_f32(multiplier));
    float32x4_t b = vmulq_f32(vcvtq_f32_s32(high), vld1q_f32(multiplier + 4));
    low = vaddq_s32(vcvtnq_s32_f32(vminq_f32(vmaxq_f32(a, lo), hi)), zero);
    high = vaddq_s32(vcvtnq_s32_f32(vminq_f32(vmaxq_f32(b, lo), hi)), zero);
    return vmovn_s16(vcombine_s16(vmovn_s32(low), vmovn_s32(high)));
}

void edsc_depthwise_ready_i8_neon(edsc_depthwise *d, int32_t *room) { edsc_depthwise_ready_i8_generic(d, room); }

void edsc_depthwise_i8_neon(const edsc_depthwise *d, const int8_t *const *x, size_t step, size_t n, size_t pixels,
                            void *y, size_t y_step) {
    const int8x8_t zeros = vdup_n_s8((int8_t)d->x_zero);
    if (n < 8) {
        edsc_depthwise_i8_generic(d, x, step, n, pixels, y, y_step);
        return;
    }
    for (size_t p = 0, at = 0; p < pixels; p++, at += step)
        for (size_t i = 0; i < n; i += 8) {
            i = i + 8 > n ? n - 8 : i;
            const int8_t *w = (const int8_t *)d->w + i;
            const int32_t *b = (const int32_t *)d->b + i;
            int32x4_t low = vld1q_s32(b), high = vld1q_s32(b + 4);
            for (size_t t = 0; t < d->taps; t++, w += d->lanes) {
                const int16x8_t xs = vsubl_s8(vld1_s8(x[t] + at + i), zeros), ws = vmovl_s8(vld1_s8(w));
                low = vmlal_s16(low, vget_low_s16(xs), vget_low_s16(ws));
                high = vmlal_high_s16(high, xs, ws);
            }
            if (d->multiplier) {
                vst1_s8((int8_t *)y + p * y_step + i, requantize(low, high, d->multiplier + i, d));
                continue;
            }
            vst1q_s32((int32_t *)y + p * y_step + i, low);
            vst1q_s32((int32_t *)y + p * y_step + i + 4, high);
        }
}

void edsc_requantize_i8_neon(const int32_t *sums, const float *multiplier, int32_t zero, int32_t lo, int32_t hi,
                             int8_t *y, size_t n) {
    const edsc_depthwise to = {.y_zero = zero, .lo = lo, .hi = hi};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        vst1_s8(y + i, requantize(vld1q_s32(sums + i), vld1q_s32(sums + i + 4), multiplier + i, &to));
    edsc_requantize_i8_generic(sums + i, multiplier + i, zero, lo, hi, y + i, n - i);
}
#endif
