/* packed_avx2.c: convolutions on packed weights for x86-64 with AVX2 and FMA. Rows of int8 are words, less the zero
 * point, and go two at a time. */
#include "../hot.h"

#include "../convolution.h"

#ifdef EDSC_HAS_X86_AVX2
#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx2,fma")))
#define INLINE TARGET static inline __attribute__((always_inline))

/* All ones in the first n of 8 lanes. */
INLINE __m256i first_lanes(size_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

INLINE __m256i step_at(const uint8_t *x) {
    int32_t step;
    memcpy(&step, x, sizeof step);
    return _mm256_set1_epi32(step);
}

TARGET static void load_i8(const void *from, size_t n, int32_t zero, void *to) {
    const int8_t *x = from;
    int16_t *row = to, word;
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m256i words = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)(x + i)));
        _mm256_storeu_si256((__m256i *)(void *)(row + i), _mm256_sub_epi16(words, _mm256_set1_epi16((short)zero)));
    }
    for (; i < n; i++) {
        word = (int16_t)(x[i] - zero);
        memcpy(row + i, &word, sizeof word);
    }
}

TARGET __attribute__((noinline)) static void some_bytes(__m128i v, size_t n, int8_t *y) {
    int8_t bytes[16];
    _mm_storeu_si128((__m128i *)(void *)bytes, v);
    memcpy(y, bytes, n);
}

#define NAME(part) part##_i8
#define VALUE int8_t
#define END end_i8
#define ENDING ending_i8
#define PUT put_i8
#define VECTOR __m256i
#define AT(p) _mm256_loadu_si256(p)
#define ADD(sum, x, w) sum = _mm256_add_epi32(sum, _mm256_madd_epi16(step_at(x), w))
typedef struct end_i8 {
    __m256 scale, low, high;
    __m256i zero;
    size_t n;
} end_i8;
INLINE end_i8 ending_i8(const edsc_convolution *v, size_t j, size_t n) {
    const float *multiplier = (const float *)v->multiplier + j;
    return (end_i8){_mm256_maskload_ps(multiplier, first_lanes(n)), _mm256_set1_ps((float)(v->lo - v->y_zero)),
                    _mm256_set1_ps((float)(v->hi - v->y_zero)), _mm256_set1_epi32(v->y_zero), n};
}
/* As edsc_requantize_i8_avx2. */
INLINE void put_i8(const end_i8 *e, __m256i sum, int8_t *y) {
    __m256 real = _mm256_mul_ps(_mm256_cvtepi32_ps(sum), e->scale);
    __m256i q = _mm256_cvtps_epi32(_mm256_min_ps(_mm256_max_ps(real, e->low), e->high));
    q = _mm256_add_epi32(q, e->zero);
    __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(q), _mm256_extracti128_si256(q, 1));
    words = _mm_packs_epi16(words, words);
    if (e->n == 8)
        _mm_storel_epi64((__m128i *)(void *)y, words);
    else
        some_bytes(words, e->n, y);
}
#include "packed_x86.h"
const edsc_packing edsc_packed_i8_avx2 = {8, 2, 1, load_i8, NULL, run_i8};
#undef NAME
#undef VALUE
#undef VECTOR
#undef AT
#undef END
#undef ENDING
#undef PUT
#undef ADD

#define NAME(part) part##_f32
#define VALUE float
#define END end_f32
#define ENDING ending_f32
#define PUT put_f32
#define VECTOR __m256
#define AT(p) _mm256_loadu_ps((const float *)(p))
#define ADD(sum, x, w) sum = _mm256_fmadd_ps(_mm256_castsi256_ps(step_at(x)), w, sum)
typedef struct end_f32 {
    __m256 low, high;
    __m256i lanes;
} end_f32;
INLINE end_f32 ending_f32(const edsc_convolution *v, size_t j, size_t n) {
    (void)j;
    return (end_f32){_mm256_set1_ps((float)v->real_lo), _mm256_set1_ps((float)v->real_hi), first_lanes(n)};
}
INLINE void put_f32(const end_f32 *e, __m256 sum, float *y) {
    _mm256_maskstore_ps(y, e->lanes, _mm256_min_ps(e->high, _mm256_max_ps(e->low, sum)));
}
#include "packed_x86.h"
const edsc_packing edsc_packed_f32_avx2 = {8, 1, 4, NULL, NULL, run_f32};
#endif
