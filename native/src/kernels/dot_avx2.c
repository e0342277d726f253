/* dot_avx2.c: the inner loops of convolutions for x86-64 with AVX2 and FMA. */
#include "../hot.h"

#include "../kernels.h"

#ifdef EDSC_HAS_X86_AVX2
#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2,fma")))
#define INLINE AVX2 static inline __attribute__((always_inline))

/* All ones in the first n of 8 lanes. */
INLINE __m256i first_lanes(size_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

INLINE __m128i first_rows(size_t n) { return _mm_cmpgt_epi32(_mm_set1_epi32((int)n), _mm_setr_epi32(0, 1, 2, 3)); }

/* `pixels` (1, 2) is a constant; of 4 rows of w the first ones are given. Pixels share the loads of w, rows those of x,
 * and together they hide the latency of the multiply-add. */
INLINE void tile_f32(const float *const *x, size_t pixels, const float *w, size_t stride, float *sums, size_t step,
                     size_t k, size_t rows) {
    __m256 sum[2][4], xs[2];
    EDSC_UNROLL
    for (size_t r = 0; r < 4; r++)
        sum[0][r] = sum[1][r] = _mm256_setzero_ps();
    size_t i = 0;
    for (; i + 8 <= k; i += 8) {
        EDSC_UNROLL
        for (size_t p = 0; p < pixels; p++)
            xs[p] = _mm256_loadu_ps(x[p] + i);
        EDSC_UNROLL
        for (size_t r = 0; r < 4; r++) {
            __m256 ws = _mm256_loadu_ps(w + (r < rows ? r : 0) * stride + i);
            EDSC_UNROLL
            for (size_t p = 0; p < pixels; p++)
                sum[p][r] = _mm256_fmadd_ps(xs[p], ws, sum[p][r]);
        }
    }
    if (i < k) {
        __m256i rest = first_lanes(k - i);
        EDSC_UNROLL
        for (size_t p = 0; p < pixels; p++)
            xs[p] = _mm256_maskload_ps(x[p] + i, rest);
        EDSC_UNROLL
        for (size_t r = 0; r < 4; r++) {
            __m256 ws = _mm256_maskload_ps(w + (r < rows ? r : 0) * stride + i, rest);
            EDSC_UNROLL
            for (size_t p = 0; p < pixels; p++)
                sum[p][r] = _mm256_fmadd_ps(xs[p], ws, sum[p][r]);
        }
    }
    EDSC_UNROLL
    for (size_t p = 0; p < pixels; p++, sums += step) {
        __m256 s = _mm256_hadd_ps(_mm256_hadd_ps(sum[p][0], sum[p][1]), _mm256_hadd_ps(sum[p][2], sum[p][3]));
        __m128 total = _mm_add_ps(_mm256_castps256_ps128(s), _mm256_extractf128_ps(s, 1));
        const __m128i which = first_rows(rows);
        _mm_maskstore_ps(sums, which, _mm_add_ps(total, _mm_maskload_ps(sums, which)));
    }
}

AVX2 void edsc_dot_tile_f32_avx2(const float *const *x, size_t pixels, const float *w, size_t stride, float *sums,
                                 size_t step, size_t m, size_t k) {
    for (size_t j = 0; j < m; j += 4) {
        size_t p = 0, rows = m - j < 4 ? m - j : 4;
        for (; p + 2 <= pixels; p += 2)
            tile_f32(x + p, 2, w + j * stride, stride, sums + p * step + j, step, k, rows);
        if (p < pixels)
            tile_f32(x + p, 1, w + j * stride, stride, sums + p * step + j, step, k, rows);
    }
}

AVX2 void edsc_dot_taps_f32_avx2(const float *const *x, const float *const *w, size_t taps, float *sums, size_t n) {
    for (size_t i = 0; i < n; i += 8) {
        __m256i lanes = first_lanes(n - i);
        __m256 sum = _mm256_maskload_ps(sums + i, lanes);
        for (size_t t = 0; t < taps; t++)
            sum = _mm256_fmadd_ps(_mm256_maskload_ps(x[t] + i, lanes), _mm256_maskload_ps(w[t] + i, lanes), sum);
        _mm256_maskstore_ps(sums + i, lanes, sum);
    }
}

INLINE __m128i load4(const int8_t *p) {
    int32_t v;
    memcpy(&v, p, sizeof v);
    return _mm_cvtsi32_si128(v);
}
INLINE __m128i load8(const int8_t *p) { return _mm_loadl_epi64((const __m128i *)(const void *)p); }
INLINE __m128i load16(const int8_t *p) { return _mm_loadu_si128((const __m128i *)(const void *)p); }

/* The last bytes of k, without touching others: where there are 16, 8 or 4 at least, some of them twice. */
AVX2 __attribute__((noinline)) static __m128i load_rest(const int8_t *p, size_t k) {
    if (k >= 16)
        return load16(p + k - 16);
    if (k >= 8)
        return _mm_unpacklo_epi64(load8(p), load8(p + k - 8));
    if (k >= 4)
        return _mm_unpacklo_epi32(load4(p), load4(p + k - 4));
    int8_t bytes[16] = {p[0], k > 1 ? p[1] : 0, k > 2 ? p[2] : 0};
    return load16(bytes);
}

/* Ones where load_rest() has a byte that the loop before it, or the rest itself, does not have yet. */
AVX2 __attribute__((noinline)) static __m256i once(size_t k) {
    const __m256i lane = _mm256_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    size_t half = k >= 8 ? 8 : 4, from = k >= 16 ? 16 - k % 16 : 3 * half - k; /* where what is new starts */
    if (k < 4)
        return _mm256_cmpgt_epi16(_mm256_set1_epi16((short)k), lane);
    __m256i fresh = _mm256_cmpgt_epi16(lane, _mm256_set1_epi16((short)(from - 1)));
    __m256i head = k >= 16 ? _mm256_setzero_si256() : _mm256_cmpgt_epi16(_mm256_set1_epi16((short)half), lane);
    return _mm256_or_si256(fresh, head);
}

/* As tile_f32; x_rest is what load_rest() gives of each pixel, less the zero point, and no byte twice. */
INLINE void tile_i8(const int8_t *const *x, size_t pixels, __m256i zero, const __m256i *x_rest, const int8_t *w,
                    size_t stride, int32_t *sums, size_t step, size_t k, size_t rows) {
    __m256i sum[2][4], xs[2];
    EDSC_UNROLL
    for (size_t r = 0; r < 4; r++)
        sum[0][r] = sum[1][r] = _mm256_setzero_si256();
    for (size_t i = 0; i + 16 <= k; i += 16) {
        EDSC_UNROLL
        for (size_t p = 0; p < pixels; p++)
            xs[p] = _mm256_sub_epi16(_mm256_cvtepi8_epi16(load16(x[p] + i)), zero);
        EDSC_UNROLL
        for (size_t r = 0; r < 4; r++) {
            __m256i ws = _mm256_cvtepi8_epi16(load16(w + (r < rows ? r : 0) * stride + i));
            EDSC_UNROLL
            for (size_t p = 0; p < pixels; p++)
                sum[p][r] = _mm256_add_epi32(sum[p][r], _mm256_madd_epi16(xs[p], ws));
        }
    }
    if (k % 16)
        EDSC_UNROLL
    for (size_t r = 0; r < 4; r++) {
        __m256i ws = _mm256_cvtepi8_epi16(load_rest(w + (r < rows ? r : 0) * stride, k));
        EDSC_UNROLL
        for (size_t p = 0; p < pixels; p++)
            sum[p][r] = _mm256_add_epi32(sum[p][r], _mm256_madd_epi16(x_rest[p], ws));
    }
    EDSC_UNROLL
    for (size_t p = 0; p < pixels; p++, sums += step) {
        __m256i s = _mm256_hadd_epi32(_mm256_hadd_epi32(sum[p][0], sum[p][1]), _mm256_hadd_epi32(sum[p][2], sum[p][3]));
        __m128i total = _mm_add_epi32(_mm256_castsi256_si128(s), _mm256_extracti128_si256(s, 1));
        const __m128i which = first_rows(rows);
        _mm_maskstore_epi32(sums, which, _mm_add_epi32(total, _mm_maskload_epi32(sums, which)));
    }
}

AVX2 void edsc_dot_tile_i8_avx2(const int8_t *const *x, size_t pixels, int32_t zero, const int8_t *w, size_t stride,
                                int32_t *sums, size_t step, size_t m, size_t k) {
    const __m256i zeros = _mm256_set1_epi16((short)zero);
    for (size_t n; pixels; pixels -= n, x += n, sums += n * step) {
        __m256i rest[2] = {zeros, zeros};
        n = pixels >= 2 ? 2 : 1;
        for (size_t p = 0; p < n && k % 16; p++) {
            rest[p] = _mm256_sub_epi16(_mm256_cvtepi8_epi16(load_rest(x[p], k)), zeros);
            rest[p] = _mm256_and_si256(rest[p], once(k));
        }
        for (size_t j = 0; j < m; j += 4)
            if (n == 2)
                tile_i8(x, 2, zeros, rest, w + j * stride, stride, sums + j, step, k, m - j < 4 ? m - j : 4);
            else
                tile_i8(x, 1, zeros, rest, w + j * stride, stride, sums + j, step, k, m - j < 4 ? m - j : 4);
    }
}

INLINE __m256i load16_i16(const int8_t *p) { return _mm256_cvtepi8_epi16(load16(p)); }

/* Two taps at a time, of 16 channels. */
AVX2 void edsc_dot_taps_i8_avx2(const int8_t *const *x, int32_t zero, const int8_t *const *w, size_t taps,
                                int32_t *sums, size_t n) {
    const __m256i zeros = _mm256_set1_epi16((short)zero), none = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m256i low = none, high = none;
        for (size_t t = 0; t < taps; t += 2) {
            __m256i xs = _mm256_sub_epi16(load16_i16(x[t] + i), zeros), ws = load16_i16(w[t] + i), x2 = none, w2 = none;
            if (t + 1 < taps) {
                x2 = _mm256_sub_epi16(load16_i16(x[t + 1] + i), zeros);
                w2 = load16_i16(w[t + 1] + i);
            }
            low =
                _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_unpacklo_epi16(xs, x2), _mm256_unpacklo_epi16(ws, w2)));
            high =
                _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_unpackhi_epi16(xs, x2), _mm256_unpackhi_epi16(ws, w2)));
        }
        __m256i *to = (__m256i *)(void *)(sums + i);
        __m256i first = _mm256_permute2x128_si256(low, high, 0x20), second = _mm256_permute2x128_si256(low, high, 0x31);
        _mm256_storeu_si256(to, _mm256_add_epi32(_mm256_loadu_si256(to), first));
        _mm256_storeu_si256(to + 1, _mm256_add_epi32(_mm256_loadu_si256(to + 1), second));
    }
    for (size_t t = 0; t < taps; t++)
        for (size_t rest = i; rest < n; rest++)
            sums[rest] += (x[t][rest] - zero) * w[t][rest];
}

/* As edsc_to_integer() in fixed.h, of what cannot be NaN. */
AVX2 void edsc_requantize_i8_avx2(const int32_t *sums, const float *multiplier, int32_t zero, int32_t lo, int32_t hi,
                                  int8_t *y, size_t n) {
    const __m256 low = _mm256_set1_ps((float)(lo - zero)), high = _mm256_set1_ps((float)(hi - zero));
    const __m256 magic = _mm256_set1_ps(12582912.0f);
    const __m256i offset = _mm256_set1_epi32(zero - 0x4B400000);
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256 real = _mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *)(const void *)(sums + i)));
        real = _mm256_mul_ps(real, _mm256_loadu_ps(multiplier + i));
        real = _mm256_min_ps(_mm256_max_ps(real, low), high);
        __m256i q = _mm256_add_epi32(_mm256_castps_si256(_mm256_add_ps(real, magic)), offset);
        __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(q), _mm256_extracti128_si256(q, 1));
        _mm_storel_epi64((__m128i *)(void *)(y + i), _mm_packs_epi16(words, words));
    }
    edsc_requantize_i8_generic(sums + i, multiplier + i, zero, lo, hi, y + i, n - i);
}
#endif
