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

INLINE float sum_f32(__m256 v) {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

/* `rows` is a constant, 4 or 1: rows share the loads of x and hide the latency of the multiply-add. */
INLINE void rows_f32(const float *x, const float *w, size_t stride, float *sums, size_t k, size_t rows) {
    __m256 sum[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
    size_t i = 0;
    for (; i + 8 <= k; i += 8) {
        __m256 xs = _mm256_loadu_ps(x + i);
        for (size_t r = 0; r < rows; r++)
            sum[r] = _mm256_fmadd_ps(xs, _mm256_loadu_ps(w + r * stride + i), sum[r]);
    }
    if (i < k) {
        __m256i rest = first_lanes(k - i);
        __m256 xs = _mm256_maskload_ps(x + i, rest);
        for (size_t r = 0; r < rows; r++)
            sum[r] = _mm256_fmadd_ps(xs, _mm256_maskload_ps(w + r * stride + i, rest), sum[r]);
    }
    for (size_t r = 0; r < rows; r++)
        sums[r] += sum_f32(sum[r]);
}

AVX2 void edsc_dot_rows_f32_avx2(const float *x, const float *w, size_t stride, float *sums, size_t m, size_t k) {
    size_t j = 0;
    for (; j + 4 <= m; j += 4)
        rows_f32(x, w + j * stride, stride, sums + j, k, 4);
    for (; j < m; j++)
        rows_f32(x, w + j * stride, stride, sums + j, k, 1);
}

AVX2 void edsc_dot_taps_f32_avx2(const float *x, size_t x_step, const float *w, size_t w_step, size_t taps, float *sums,
                                 size_t n) {
    for (size_t i = 0; i < n; i += 8) {
        __m256i lanes = first_lanes(n - i);
        __m256 sum = _mm256_maskload_ps(sums + i, lanes);
        for (size_t t = 0; t < taps; t++)
            sum = _mm256_fmadd_ps(_mm256_maskload_ps(x + t * x_step + i, lanes),
                                  _mm256_maskload_ps(w + t * w_step + i, lanes), sum);
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
INLINE __m128i load_rest(const int8_t *p, size_t k) {
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
INLINE __m256i once(size_t k) {
    const __m256i lane = _mm256_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    size_t half = k >= 8 ? 8 : 4, from = k >= 16 ? 16 - k % 16 : 3 * half - k; /* where what is new starts */
    if (k < 4)
        return _mm256_cmpgt_epi16(_mm256_set1_epi16((short)k), lane);
    __m256i fresh = _mm256_cmpgt_epi16(lane, _mm256_set1_epi16((short)(from - 1)));
    __m256i head = k >= 16 ? _mm256_setzero_si256() : _mm256_cmpgt_epi16(_mm256_set1_epi16((short)half), lane);
    return _mm256_or_si256(fresh, head);
}

INLINE void rows_i8(const int8_t *x, __m256i zero, __m256i x_rest, const int8_t *w, size_t stride, int32_t *sums,
                    size_t k, size_t rows) {
    __m256i sum[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
    for (size_t i = 0; i + 16 <= k; i += 16) {
        __m256i xs = _mm256_sub_epi16(_mm256_cvtepi8_epi16(load16(x + i)), zero);
        for (size_t r = 0; r < rows; r++) {
            __m256i ws = _mm256_cvtepi8_epi16(load16(w + r * stride + i));
            sum[r] = _mm256_add_epi32(sum[r], _mm256_madd_epi16(xs, ws));
        }
    }
    if (k % 16)
        for (size_t r = 0; r < rows; r++) {
            __m256i ws = _mm256_cvtepi8_epi16(load_rest(w + r * stride, k));
            sum[r] = _mm256_add_epi32(sum[r], _mm256_madd_epi16(x_rest, ws));
        }
    __m256i s = _mm256_hadd_epi32(_mm256_hadd_epi32(sum[0], sum[1]), _mm256_hadd_epi32(sum[2], sum[3]));
    __m128i total = _mm_add_epi32(_mm256_castsi256_si128(s), _mm256_extracti128_si256(s, 1));
    if (rows == 4)
        _mm_storeu_si128((__m128i *)(void *)sums, _mm_add_epi32(total, _mm_loadu_si128((const __m128i *)(void *)sums)));
    else
        *sums += _mm_cvtsi128_si32(total);
}

AVX2 void edsc_dot_rows_i8_avx2(const int8_t *x, int32_t zero, const int8_t *w, size_t stride, int32_t *sums, size_t m,
                                size_t k) {
    __m256i zeros = _mm256_set1_epi16((short)zero), rest = zeros;
    if (k % 16) {
        rest = _mm256_sub_epi16(_mm256_cvtepi8_epi16(load_rest(x, k)), zeros);
        rest = _mm256_and_si256(rest, once(k));
    }
    size_t j = 0;
    for (; j + 4 <= m; j += 4)
        rows_i8(x, zeros, rest, w + j * stride, stride, sums + j, k, 4);
    for (; j < m; j++)
        rows_i8(x, zeros, rest, w + j * stride, stride, sums + j, k, 1);
}

/* A product of x less its zero point and a weight is at most 255 * 128, which is within int16. */
AVX2 void edsc_dot_taps_i8_avx2(const int8_t *x, int32_t zero, size_t x_step, const int8_t *w, size_t w_step,
                                size_t taps, int32_t *sums, size_t n) {
    __m128i zeros = _mm_set1_epi16((short)zero);
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256i sum = _mm256_loadu_si256((const __m256i *)(const void *)(sums + i));
        for (size_t t = 0; t < taps; t++) {
            __m128i xs = _mm_sub_epi16(_mm_cvtepi8_epi16(load8(x + t * x_step + i)), zeros);
            __m128i product = _mm_mullo_epi16(xs, _mm_cvtepi8_epi16(load8(w + t * w_step + i)));
            sum = _mm256_add_epi32(sum, _mm256_cvtepi16_epi32(product));
        }
        _mm256_storeu_si256((__m256i *)(void *)(sums + i), sum);
    }
    if (i < n)
        edsc_dot_taps_i8_generic(x + i, zero, x_step, w + i, w_step, taps, sums + i, n - i);
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
