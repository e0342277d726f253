/* dot_avx512.c: the inner loops of convolutions for x86-64 with AVX-512 and its byte products (VNNI). A value of int8
 * has 128 added to be a byte without a sign, as these products want one, and the sum of the weights takes it out. */
#include "../hot.h"

#include "../kernels.h"

#ifdef EDSC_HAS_X86_AVX512
#include <immintrin.h>
#include <string.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#define INLINE AVX512 static inline __attribute__((always_inline))

/* The first n of 16 or of 64 lanes, or all. */
INLINE __mmask16 lanes16(size_t n) { return n < 16 ? (__mmask16)((1u << n) - 1) : (__mmask16)0xFFFF; }
INLINE __mmask64 lanes64(size_t n) { return n < 64 ? ((__mmask64)1 << n) - 1 : ~(__mmask64)0; }

/* Lane i of the result is the sum of v[i % 4] over its i / 4-th part. */
INLINE __m512i add_lanes(const __m512i v[4]) {
    __m512i a = _mm512_add_epi32(_mm512_unpacklo_epi32(v[0], v[1]), _mm512_unpackhi_epi32(v[0], v[1]));
    __m512i b = _mm512_add_epi32(_mm512_unpacklo_epi32(v[2], v[3]), _mm512_unpackhi_epi32(v[2], v[3]));
    return _mm512_add_epi32(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
}
INLINE __m512 add_reals(const __m512 v[4]) {
    __m512 a = _mm512_add_ps(_mm512_unpacklo_ps(v[0], v[1]), _mm512_unpackhi_ps(v[0], v[1]));
    __m512 b = _mm512_add_ps(_mm512_unpacklo_ps(v[2], v[3]), _mm512_unpackhi_ps(v[2], v[3]));
    __m512d low = _mm512_unpacklo_pd(_mm512_castps_pd(a), _mm512_castps_pd(b));
    __m512d high = _mm512_unpackhi_pd(_mm512_castps_pd(a), _mm512_castps_pd(b));
    return _mm512_add_ps(_mm512_castpd_ps(low), _mm512_castpd_ps(high));
}

/* `pixels` (1, 4) is a constant; of 4 rows of w the first ones are given. */
INLINE void tile_f32(const float *const *x, size_t pixels, const float *w, size_t stride, float *sums, size_t step,
                     size_t k, size_t rows) {
    __m512 sum[4][4], xs[4];
    EDSC_UNROLL
    for (size_t p = 0; p < pixels; p++)
        EDSC_UNROLL
    for (size_t r = 0; r < 4; r++)
        sum[p][r] = _mm512_setzero_ps();
    for (size_t i = 0; i < k; i += 16) {
        const __mmask16 lanes = lanes16(k - i);
        EDSC_UNROLL
        for (size_t p = 0; p < pixels; p++)
            xs[p] = _mm512_maskz_loadu_ps(lanes, x[p] + i);
        EDSC_UNROLL
        for (size_t r = 0; r < 4; r++) {
            __m512 ws = _mm512_maskz_loadu_ps(lanes, w + (r < rows ? r : 0) * stride + i);
            EDSC_UNROLL
            for (size_t p = 0; p < pixels; p++)
                sum[p][r] = _mm512_fmadd_ps(xs[p], ws, sum[p][r]);
        }
    }
    EDSC_UNROLL
    for (size_t p = 0; p < pixels; p++, sums += step) {
        __m512 s = add_reals(sum[p]);
        __m256 half =
            _mm256_add_ps(_mm512_castps512_ps256(s), _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(s), 1)));
        __m128 total = _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
        const __mmask8 which = (__mmask8)lanes16(rows);
        _mm_mask_storeu_ps(sums, which, _mm_add_ps(total, _mm_maskz_loadu_ps(which, sums)));
    }
}

AVX512 void edsc_dot_tile_f32_avx512(const float *const *x, size_t pixels, const float *w, size_t stride, float *sums,
                                     size_t step, size_t m, size_t k) {
    for (size_t j = 0; j < m; j += 4) {
        size_t p = 0, rows = m - j < 4 ? m - j : 4;
        for (; p + 4 <= pixels; p += 4)
            tile_f32(x + p, 4, w + j * stride, stride, sums + p * step + j, step, k, rows);
        for (; p < pixels; p++)
            tile_f32(x + p, 1, w + j * stride, stride, sums + p * step + j, step, k, rows);
    }
}

/* As the C it replaces, a sum that is NaN stays one: of two operands these instructions give the second then. */
AVX512 void edsc_depthwise_f32_avx512(const edsc_depthwise *d, const float *const *x, size_t step, size_t n,
                                      size_t pixels, float *y, size_t y_step) {
    const __m512 low = _mm512_set1_ps(d->real_lo), high = _mm512_set1_ps(d->real_hi);
    for (size_t at = 0; pixels; pixels--, at += step, y += y_step)
        for (size_t i = 0; i < n; i += 16) {
            const __mmask16 lanes = lanes16(n - i);
            const float *w = (const float *)d->w + i;
            __m512 sum = _mm512_maskz_loadu_ps(lanes, (const float *)d->b + i);
            for (size_t t = 0; t < d->taps; t++, w += d->lanes)
                sum =
                    _mm512_fmadd_ps(_mm512_maskz_loadu_ps(lanes, x[t] + at + i), _mm512_maskz_loadu_ps(lanes, w), sum);
            _mm512_mask_storeu_ps(y + i, lanes, _mm512_min_ps(high, _mm512_max_ps(low, sum)));
        }
}

INLINE __m512i load_x(const int8_t *x, __mmask64 lanes) {
    return _mm512_xor_si512(_mm512_maskz_loadu_epi8(lanes, x), _mm512_set1_epi8(-128));
}

/* As tile_f32. `zero` is 64 times the zero point plus 128. */
INLINE void tile_i8(const int8_t *const *x, size_t pixels, __m512i zero, const int8_t *w, size_t stride, int32_t *sums,
                    size_t step, size_t k, size_t rows) {
    __m512i sum[4][4], off[4], xs[4];
    EDSC_UNROLL
    for (size_t r = 0; r < 4; r++) {
        off[r] = _mm512_setzero_si512();
        EDSC_UNROLL
        for (size_t p = 0; p < pixels; p++)
            sum[p][r] = _mm512_setzero_si512();
    }
    for (size_t i = 0; i < k; i += 64) {
        const __mmask64 lanes = lanes64(k - i);
        EDSC_UNROLL
        for (size_t p = 0; p < pixels; p++)
            xs[p] = load_x(x[p] + i, lanes);
        EDSC_UNROLL
        for (size_t r = 0; r < 4; r++) {
            __m512i ws = _mm512_maskz_loadu_epi8(lanes, w + (r < rows ? r : 0) * stride + i);
            off[r] = _mm512_dpbusd_epi32(off[r], zero, ws);
            EDSC_UNROLL
            for (size_t p = 0; p < pixels; p++)
                sum[p][r] = _mm512_dpbusd_epi32(sum[p][r], xs[p], ws);
        }
    }
    const __m512i offs = add_lanes(off);
    EDSC_UNROLL
    for (size_t p = 0; p < pixels; p++, sums += step) {
        __m512i s = _mm512_sub_epi32(add_lanes(sum[p]), offs);
        __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(s), _mm512_extracti64x4_epi64(s, 1));
        __m128i total = _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
        const __mmask8 which = (__mmask8)lanes16(rows);
        _mm_mask_storeu_epi32(sums, which, _mm_add_epi32(total, _mm_maskz_loadu_epi32(which, sums)));
    }
}

/* Sixteen rows of w with one pixel. Here it is w that has 128 added, so that the sum of x takes it out of all rows. */
INLINE void sixteen_rows(const int8_t *x, __m512i off, const int8_t *w, size_t stride, int32_t *sums, size_t k) {
    const __m512i flip = _mm512_set1_epi8(-128);
    const int8_t *row[4] = {w, w + 4 * stride, w + 8 * stride, w + 12 * stride};
    __m512i sum[4][4], part[4];
    EDSC_UNROLL
    for (size_t q = 0; q < 4; q++)
        EDSC_UNROLL
    for (size_t r = 0; r < 4; r++)
        sum[q][r] = _mm512_setzero_si512();
    for (size_t i = 0; i < k; i += 64) {
        const __mmask64 lanes = lanes64(k - i);
        const __m512i xs = _mm512_maskz_loadu_epi8(lanes, x + i);
        EDSC_UNROLL
        for (size_t q = 0; q < 4; q++)
            EDSC_UNROLL
        for (size_t r = 0; r < 4; r++) {
            const int8_t *from = row[q] + i + r * stride;
            _mm_prefetch((const char *)from + 16 * stride, _MM_HINT_T0); /* beyond the end it does nothing */
            __m512i ws = _mm512_xor_si512(_mm512_maskz_loadu_epi8(lanes, from), flip);
            sum[q][r] = _mm512_dpbusd_epi32(sum[q][r], ws, xs);
        }
    }
    EDSC_UNROLL
    for (size_t q = 0; q < 4; q++)
        part[q] = add_lanes(sum[q]);
    __m512i a =
        _mm512_add_epi32(_mm512_shuffle_i32x4(part[0], part[1], 0x44), _mm512_shuffle_i32x4(part[0], part[1], 0xEE));
    __m512i b =
        _mm512_add_epi32(_mm512_shuffle_i32x4(part[2], part[3], 0x44), _mm512_shuffle_i32x4(part[2], part[3], 0xEE));
    a = _mm512_add_epi32(_mm512_shuffle_i32x4(a, b, 0x88), _mm512_shuffle_i32x4(a, b, 0xDD));
    _mm512_storeu_si512(sums, _mm512_add_epi32(_mm512_sub_epi32(a, off), _mm512_loadu_si512(sums)));
}

AVX512 void edsc_dot_tile_i8_avx512(const int8_t *const *x, size_t pixels, int32_t zero, const int8_t *w, size_t stride,
                                    int32_t *sums, size_t step, size_t m, size_t k) {
    const __m512i zeros = _mm512_set1_epi8((char)(zero + 128));
    size_t j = 0;
    if (pixels == 1 && zero == 0 && m >= 16) {
        __m512i total = _mm512_setzero_si512();
        for (size_t i = 0; i < k; i += 64)
            total = _mm512_dpbusd_epi32(total, zeros, _mm512_maskz_loadu_epi8(lanes64(k - i), *x + i));
        total = _mm512_set1_epi32(_mm512_reduce_add_epi32(total));
        for (; j + 16 <= m; j += 16)
            sixteen_rows(*x, total, w + j * stride, stride, sums + j, k);
    }
    for (; j < m; j += 4) {
        size_t p = 0, rows = m - j < 4 ? m - j : 4;
        for (; p + 4 <= pixels; p += 4)
            tile_i8(x + p, 4, zeros, w + j * stride, stride, sums + p * step + j, step, k, rows);
        for (; p < pixels; p++)
            tile_i8(x + p, 1, zeros, w + j * stride, stride, sums + p * step + j, step, k, rows);
    }
}

/* Four vectors of bytes, byte by byte one after the other: 16 lanes of each make part i of four, in the order of
 * 128-bit lanes. */
INLINE void interleave(const __m512i from[4], __m512i to[4]) {
    __m512i low = _mm512_unpacklo_epi8(from[0], from[1]), high = _mm512_unpackhi_epi8(from[0], from[1]);
    __m512i low2 = _mm512_unpacklo_epi8(from[2], from[3]), high2 = _mm512_unpackhi_epi8(from[2], from[3]);
    to[0] = _mm512_unpacklo_epi16(low, low2);
    to[1] = _mm512_unpackhi_epi16(low, low2);
    to[2] = _mm512_unpacklo_epi16(high, high2);
    to[3] = _mm512_unpackhi_epi16(high, high2);
}

/* Lanes L of 128 bits of four vectors become vector L. */
INLINE void turn(const __m512i from[4], __m512i to[4]) {
    __m512i a = _mm512_shuffle_i32x4(from[0], from[1], 0x44), b = _mm512_shuffle_i32x4(from[2], from[3], 0x44);
    __m512i c = _mm512_shuffle_i32x4(from[0], from[1], 0xEE), d = _mm512_shuffle_i32x4(from[2], from[3], 0xEE);
    to[0] = _mm512_shuffle_i32x4(a, b, 0x88);
    to[1] = _mm512_shuffle_i32x4(a, b, 0xDD);
    to[2] = _mm512_shuffle_i32x4(c, d, 0x88);
    to[3] = _mm512_shuffle_i32x4(c, d, 0xDD);
}

/* Biases, multipliers and weights of 64 lanes after those of the 64 before; in each part q of them lanes 4 q to 4 q + 3
 * of each 16, as interleave() has x. A tap too many has weights of 0. */
AVX512 void edsc_depthwise_ready_i8_avx512(edsc_depthwise *d, int32_t *room) {
    const int8_t *w = d->w;
    const int32_t *b = d->b;
    const size_t groups = (d->taps + 3) / 4;
    const __m512i zeros = _mm512_set1_epi8((char)(d->x_zero + 128));
    int32_t *to = (int32_t *)(void *)(((uintptr_t)room + 63) & ~(uintptr_t)63);
    d->w = to;
    for (size_t first = 0, c = 0; first < d->lanes; first += 64, to += 128 + 64 * groups) {
        for (size_t i = 0; i < 64; i++, c = c + 1 < d->channels ? c + 1 : 0) {
            int32_t *at = to + (i / 4 % 4 * 16 + i / 16 * 4 + i % 4);
            const int8_t *from = w + c * d->taps;
            at[0] = b ? b[c] : 0;
            at[64] = 0;
            if (d->multiplier)
                memcpy(at + 64, d->multiplier + c, 4);
            size_t t = 0;
            for (at += 128; t + 4 <= d->taps; t += 4, at += 64)
                memcpy(at, from + t, 4);
            if (t < d->taps)
                *at = (from[t] & 255) | (t + 1 < d->taps ? (from[t + 1] & 255) << 8 : 0) |
                      (t + 2 < d->taps ? (from[t + 2] & 255) << 16 : 0);
        }
        for (size_t q = 0; q < 4; q++) {
            __m512i off = _mm512_setzero_si512();
            for (size_t g = 0; g < groups; g++)
                off = _mm512_dpbusd_epi32(off, zeros, _mm512_loadu_si512(to + 128 + 64 * g + 16 * q));
            _mm512_storeu_si512(to + 16 * q, _mm512_sub_epi32(_mm512_loadu_si512(to + 16 * q), off));
        }
    }
}

AVX512 void edsc_depthwise_i8_avx512(const edsc_depthwise *d, const int8_t *const *x, size_t step, size_t n,
                                     size_t pixels, void *y, size_t y_step) {
    const __m512 low = _mm512_set1_ps((float)(d->lo - d->y_zero)), high = _mm512_set1_ps((float)(d->hi - d->y_zero));
    const __m512i zero = _mm512_set1_epi32(d->y_zero);
    for (size_t p = 0, at = 0; p < pixels; p++, at += step) {
        const int32_t *from = d->w;
        for (size_t i = 0; i < n; i += 64) {
            const __mmask64 lanes = lanes64(n - i);
            const float *multiplier = (const float *)(const void *)(from + 64);
            __m512i sum[4], xs[4];
            EDSC_UNROLL
            for (size_t q = 0; q < 4; q++, from += 16)
                sum[q] = _mm512_loadu_si512(from);
            from += 64;
            for (size_t t = 0; t < d->taps; t += 4) {
                EDSC_UNROLL
                for (size_t q = 0; q < 4; q++)
                    xs[q] = load_x(x[t + q] + at + i, lanes);
                interleave(xs, xs);
                EDSC_UNROLL
                for (size_t q = 0; q < 4; q++, from += 16)
                    sum[q] = _mm512_dpbusd_epi32(sum[q], xs[q], _mm512_loadu_si512(from));
            }
            if (!d->multiplier) {
                turn(sum, sum);
                EDSC_UNROLL
                for (size_t q = 0; q < 4; q++)
                    _mm512_mask_storeu_epi32((int32_t *)y + p * y_step + i + 16 * q, (__mmask16)(lanes >> 16 * q),
                                             sum[q]);
                continue;
            }
            EDSC_UNROLL
            for (size_t q = 0; q < 4; q++) {
                __m512 real = _mm512_mul_ps(_mm512_cvtepi32_ps(sum[q]), _mm512_loadu_ps(multiplier + 16 * q));
                sum[q] = _mm512_add_epi32(_mm512_cvtps_epi32(_mm512_min_ps(_mm512_max_ps(real, low), high)), zero);
            }
            _mm512_mask_storeu_epi8(
                (int8_t *)y + p * y_step + i, lanes,
                _mm512_packs_epi16(_mm512_packs_epi32(sum[0], sum[1]), _mm512_packs_epi32(sum[2], sum[3])));
        }
    }
}

/* As edsc_to_integer() in fixed.h, of what cannot be NaN: float to integer rounds halves to even by itself. */
AVX512 void edsc_requantize_i8_avx512(const int32_t *sums, const float *multiplier, int32_t zero, int32_t lo,
                                      int32_t hi, int8_t *y, size_t n) {
    const __m512 low = _mm512_set1_ps((float)(lo - zero)), high = _mm512_set1_ps((float)(hi - zero));
    for (size_t i = 0; i < n; i += 16) {
        const __mmask16 lanes = lanes16(n - i);
        __m512 real = _mm512_cvtepi32_ps(_mm512_maskz_loadu_epi32(lanes, sums + i));
        real = _mm512_mul_ps(real, _mm512_maskz_loadu_ps(lanes, multiplier + i));
        __m512i q = _mm512_cvtps_epi32(_mm512_min_ps(_mm512_max_ps(real, low), high));
        _mm512_mask_cvtepi32_storeu_epi8(y + i, lanes, _mm512_add_epi32(q, _mm512_set1_epi32(zero)));
    }
}
#endif
