/* packed_avx512.c: convolutions on packed weights for x86-64 with AVX-512 and its byte products (VNNI), which want x as
 * a byte without a sign: 128 more, which the sums begin less of. */
#include "../hot.h"

#include "../convolution.h"

#ifdef EDSC_HAS_X86_AVX512
#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#define INLINE TARGET static inline __attribute__((always_inline))

INLINE __mmask16 lanes16(size_t n) { return n < 16 ? (__mmask16)((1u << n) - 1) : (__mmask16)0xFFFF; }
INLINE __mmask64 lanes64(size_t n) { return n < 64 ? ((__mmask64)1 << n) - 1 : ~(__mmask64)0; }
INLINE __m512i step_at(const uint8_t *x) {
    int32_t step;
    memcpy(&step, x, sizeof step);
    return _mm512_set1_epi32(step);
}

TARGET static void load_i8(const void *from, size_t n, int32_t zero, void *to) {
    const uint8_t *x = from;
    uint8_t *row = to;
    (void)zero;
    for (size_t i = 0; i < n; i += 64) {
        const __mmask64 lanes = lanes64(n - i);
        _mm512_mask_storeu_epi8(row + i, lanes,
                                _mm512_xor_si512(_mm512_maskz_loadu_epi8(lanes, x + i), _mm512_set1_epi8(-128)));
    }
}

#define NAME(part) part##_i8
#define VALUE int8_t
#define END end_i8
#define ENDING ending_i8
#define PUT put_i8
#define PLUS _mm512_add_epi32
#define NONE _mm512_setzero_si512()
#define VECTOR __m512i
#define AT(p) _mm512_loadu_si512(p)
#define ADD(sum, x, w) sum = _mm512_dpbusd_epi32(sum, step_at(x), w)
TARGET static void less_i8(void *packed, const void *end, int32_t zero) {
    __m512i *begin = packed, off = _mm512_setzero_si512();
    for (__m512i *w = begin + 1; (void *)w < end; w++)
        off = _mm512_dpbusd_epi32(off, _mm512_set1_epi8((char)(zero + 128)), AT(w));
    _mm512_storeu_si512(begin, _mm512_sub_epi32(AT(begin), off));
}
typedef struct end_i8 {
    __m512 scale, low, high;
    __m512i zero;
    __mmask16 lanes;
} end_i8;
INLINE end_i8 ending_i8(const edsc_convolution *v, size_t j, size_t n) {
    const __mmask16 lanes = lanes16(n);
    const float *multiplier = (const float *)v->multiplier + j;
    return (end_i8){_mm512_maskz_loadu_ps(lanes, multiplier), _mm512_set1_ps((float)(v->lo - v->y_zero)),
                    _mm512_set1_ps((float)(v->hi - v->y_zero)), _mm512_set1_epi32(v->y_zero), lanes};
}
/* As edsc_requantize_i8_avx512. */
INLINE void put_i8(const end_i8 *e, __m512i sum, int8_t *y) {
    __m512 real = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), e->scale);
    __m512i q = _mm512_cvtps_epi32(_mm512_min_ps(_mm512_max_ps(real, e->low), e->high));
    _mm512_mask_cvtepi32_storeu_epi8(y, e->lanes, _mm512_add_epi32(q, e->zero));
}
#include "packed_x86.h"
const edsc_packing edsc_packed_i8_avx512 = {16, 4, 1, load_i8, less_i8, run_i8};
#undef NAME
#undef VALUE
#undef PLUS
#undef NONE
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
#define PLUS _mm512_add_ps
#define NONE _mm512_setzero_ps()
#define VECTOR __m512
#define AT(p) _mm512_loadu_ps(p)
#define ADD(sum, x, w) sum = _mm512_fmadd_ps(_mm512_castsi512_ps(step_at(x)), w, sum)
typedef struct end_f32 {
    __m512 low, high;
    __mmask16 lanes;
} end_f32;
INLINE end_f32 ending_f32(const edsc_convolution *v, size_t j, size_t n) {
    (void)j;
    return (end_f32){_mm512_set1_ps((float)v->real_lo), _mm512_set1_ps((float)v->real_hi), lanes16(n)};
}
INLINE void put_f32(const end_f32 *e, __m512 sum, float *y) {
    _mm512_mask_storeu_ps(y, e->lanes, _mm512_min_ps(e->high, _mm512_max_ps(e->low, sum)));
}
#include "packed_x86.h"
const edsc_packing edsc_packed_f32_avx512 = {16, 1, 4, NULL, NULL, run_f32};
#endif
