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

/* As the C it replaces, a sum that is NaN stays one: of two operands these instructions give the second then. */
AVX2 void edsc_depthwise_f32_avx2(const edsc_depthwise *d, const float *const *x, size_t step, size_t n, size_t pixels,
                                  float *y, size_t y_step) {
    const __m256 low = _mm256_set1_ps(d->real_lo), high = _mm256_set1_ps(d->real_hi);
    for (size_t at = 0; pixels; pixels--, at += step, y += y_step)
        for (size_t i = 0; i < n; i += 8) {
            const __m256i lanes = first_lanes(n - i);
            const float *w = (const float *)d->w + i;
            __m256 sum = _mm256_maskload_ps((const float *)d->b + i, lanes);
            for (size_t t = 0; t < d->taps; t++, w += d->lanes)
                sum = _mm256_fmadd_ps(_mm256_maskload_ps(x[t] + at + i, lanes), _mm256_maskload_ps(w, lanes), sum);
            _mm256_maskstore_ps(y + i, lanes, _mm256_min_ps(high, _mm256_max_ps(low, sum)));
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

/* As edsc_to_integer() in fixed.h, of what cannot be NaN. */
typedef struct limits {
    __m256 low, high;
    __m256i offset;
} limits;

INLINE limits limits_of(int32_t zero, int32_t lo, int32_t hi) {
    return (limits){_mm256_set1_ps((float)(lo - zero)), _mm256_set1_ps((float)(hi - zero)),
                    _mm256_set1_epi32(zero - 0x4B400000)};
}

INLINE __m256i requantize(__m256i sums, const float *multiplier, const limits *to) {
    __m256 real = _mm256_mul_ps(_mm256_cvtepi32_ps(sums), _mm256_loadu_ps(multiplier));
    real = _mm256_add_ps(_mm256_min_ps(_mm256_max_ps(real, to->low), to->high), _mm256_set1_ps(12582912.0f));
    return _mm256_add_epi32(_mm256_castps_si256(real), to->offset);
}

AVX2 void edsc_requantize_i8_avx2(const int32_t *sums, const float *multiplier, int32_t zero, int32_t lo, int32_t hi,
                                  int8_t *y, size_t n) {
    const limits to = limits_of(zero, lo, hi);
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256i q = requantize(_mm256_loadu_si256((const __m256i *)(const void *)(sums + i)), multiplier + i, &to);
        __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(q), _mm256_extracti128_si256(q, 1));
        _mm_storel_epi64((__m128i *)(void *)(y + i), _mm_packs_epi16(words, words));
    }
    edsc_requantize_i8_generic(sums + i, multiplier + i, zero, lo, hi, y + i, n - i);
}

INLINE size_t lanes_ready(const edsc_depthwise *d) { return d->lanes < 16 ? 16 : d->lanes; }

/* Weights are pairs of int16, of neighbouring taps; a tap too many has those of 0. Sixteen lanes there are always. */
AVX2 void edsc_depthwise_ready_i8_avx2(edsc_depthwise *d, int32_t *room) {
    const int8_t *w = d->w;
    const int32_t *b = d->b;
    const size_t lanes = lanes_ready(d);
    int32_t *to = room;
    for (size_t i = 0, c = 0; i < lanes; i++, to++, c = c + 1 < d->channels ? c + 1 : 0) {
        const int8_t *from = w + c * d->taps;
        int32_t total = 0;
        for (size_t t = 0; t < d->taps; t += 2) {
            int32_t second = t + 1 < d->taps ? from[t + 1] : 0;
            to[(t / 2 + 2) * lanes] = (int32_t)((uint32_t)second << 16 | (uint16_t)from[t]);
            total += from[t] + second;
        }
        to[0] = (b ? b[c] : 0) - d->x_zero * total;
        to[lanes] = 0;
        if (d->multiplier)
            memcpy(to + lanes, d->multiplier + c, 4);
    }
    d->w = room;
}

/* Sums of 16 lanes, of which n are there if n < 16: bytes of two taps make a pair of int16 of each. */
INLINE void see(const int8_t *const *x, size_t at, const int32_t *w, size_t lanes, size_t taps, size_t n,
                __m256i sum[2]) {
    const __m256i *from = (const __m256i *)(const void *)w;
    sum[0] = _mm256_loadu_si256(from);
    sum[1] = _mm256_loadu_si256(from + 1);
    for (size_t t = 0; t < taps; t += 2) {
        const int8_t *first = x[t] + at, *second = x[t + 1] + at;
        int8_t few[2][16] = {{0}};
        for (size_t i = 0; n < 16 && i < n; i++) {
            few[0][i] = first[i];
            few[1][i] = second[i];
        }
        __m128i a = load16(n < 16 ? few[0] : first), b = load16(n < 16 ? few[1] : second);
        from = (const __m256i *)(const void *)(w + (t / 2 + 2) * lanes);
        __m256i xs = _mm256_cvtepi8_epi16(_mm_unpacklo_epi8(a, b));
        sum[0] = _mm256_add_epi32(sum[0], _mm256_madd_epi16(xs, _mm256_loadu_si256(from)));
        xs = _mm256_cvtepi8_epi16(_mm_unpackhi_epi8(a, b));
        sum[1] = _mm256_add_epi32(sum[1], _mm256_madd_epi16(xs, _mm256_loadu_si256(from + 1)));
    }
}

/* The last 16 lanes may have some of those before them, again. */
AVX2 void edsc_depthwise_i8_avx2(const edsc_depthwise *d, const int8_t *const *x, size_t step, size_t n, size_t pixels,
                                 void *y, size_t y_step) {
    const limits to = limits_of(d->y_zero, d->lo, d->hi);
    const size_t lanes = lanes_ready(d), taps = d->taps, most = n < 16 ? n : 16;
    const int32_t *const w = d->w;
    const int as_sums = !d->multiplier;
    for (size_t p = 0, at = 0; p < pixels; p++, at += step)
        for (size_t i = 0; i < n; i += 16) {
            i = i + most > n ? n - most : i;
            const float *multiplier = (const float *)(const void *)(w + lanes + i);
            __m256i sum[2];
            if (most == 16)
                see(x, at + i, w + i, lanes, taps, 16, sum);
            else
                see(x, at, w, lanes, taps, n, sum);
            if (as_sums) {
                int32_t *sums = (int32_t *)y + p * y_step + i;
                _mm256_maskstore_epi32(sums, first_lanes(most), sum[0]);
                if (most > 8)
                    _mm256_maskstore_epi32(sums + 8, first_lanes(most - 8), sum[1]);
                continue;
            }
            __m256i words =
                _mm256_packs_epi32(requantize(sum[0], multiplier, &to), requantize(sum[1], multiplier + 8, &to));
            words = _mm256_permute4x64_epi64(words, 0xD8);
            __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
            int8_t *out = (int8_t *)y + p * y_step + i, few[16];
            _mm_storeu_si128((__m128i *)(void *)(most < 16 ? few : out), bytes);
            for (size_t left = 0; most < 16 && left < most; left++)
                out[left] = few[left];
        }
}

AVX2 void edsc_add_i8_avx2(const edsc_sum *s, const int8_t *a, const int8_t *b, int8_t *y, size_t n) {
    const __m256i by_a = _mm256_set1_epi32(s->a_multiplier), by_b = _mm256_set1_epi32(s->b_multiplier);
    const __m256i start = _mm256_set1_epi32(s->start), zero = _mm256_set1_epi32(s->zero);
    const __m256i lo = _mm256_set1_epi32(s->lo), hi = _mm256_set1_epi32(s->hi);
    const __m128i shift = _mm_cvtsi32_si128(s->shift);
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256i sum = _mm256_add_epi32(start, _mm256_mullo_epi32(_mm256_cvtepi8_epi32(load8(a + i)), by_a));
        sum = _mm256_add_epi32(sum, _mm256_mullo_epi32(_mm256_cvtepi8_epi32(load8(b + i)), by_b));
        sum = _mm256_add_epi32(_mm256_sra_epi32(sum, shift), zero);
        sum = _mm256_min_epi32(_mm256_max_epi32(sum, lo), hi);
        __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
        _mm_storel_epi64((__m128i *)(void *)(y + i), _mm_packs_epi16(words, words));
    }
    edsc_add_i8_generic(s, a + i, b + i, y + i, n - i);
}
#endif
