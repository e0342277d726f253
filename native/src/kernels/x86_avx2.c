/* x86_avx2.c: the kernel set for x86-64 with AVX2 and FMA. Target attributes, so no per-file compiler flags. */
#include "../hot.h"

#include "../kernels.h"

#ifdef EDSC_HAS_X86_AVX2
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,fma")))

/* Whether x is above eight thresholds, as eight bytes. */
AVX2 static inline void above8(float x, const float *thresholds, uint8_t *y) {
    __m256 above = _mm256_cmp_ps(_mm256_set1_ps(x), _mm256_loadu_ps(thresholds), _CMP_GT_OQ);
    __m256i ones = _mm256_srli_epi32(_mm256_castps_si256(above), 31);
    __m128i pairs = _mm_packs_epi32(_mm256_castsi256_si128(ones), _mm256_extracti128_si256(ones, 1));
    _mm_storel_epi64((__m128i *)(void *)y, _mm_packs_epi16(pairs, pairs));
}

#define REAL float
#define TYPED(name) name##_f32
#define ANSWER_TARGET AVX2
#define ANSWER_RUN(value, thresholds, right, test, end, count)                                                         \
    do {                                                                                                               \
        for (; test < end && test + 8 <= count; test += 8)                                                             \
            above8(value, thresholds + test, right + test);                                                            \
        for (; test < end; test++)                                                                                     \
            right[test] = value > thresholds[test];                                                                    \
    } while (0)
#include "../tree_rank.h"
#include "../tree_test.h"

AVX2 static void tree_tests_f32(const edsc_tests *tests, const float *x, uint8_t *right) {
    answer_all_f32(tests, x, right);
}

/* The rank that each lane asks for, out of tables of 16: adding leaves the top bit clear in the lanes of one table, and
 * the shuffle puts 0 in the others. */
#define INLINE AVX2 static inline __attribute__((always_inline))
INLINE __m256i look_up(const __m256i *table, unsigned tables, __m256i run) {
    __m256i rank = _mm256_setzero_si256();
    for (unsigned i = 0; i < tables; i++) {
        __m256i at = _mm256_xor_si256(run, _mm256_set1_epi8((char)(16 * i)));
        at = _mm256_adds_epu8(at, _mm256_set1_epi8(0x70));
        rank = _mm256_or_si256(rank, _mm256_shuffle_epi8(table[i], at));
    }
    return rank;
}

INLINE __m256i load(const uint8_t *p, int half) {
    return half ? _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)p))
                : _mm256_loadu_si256((const __m256i *)(const void *)p);
}

/* A row through 32 trees, or 16. With a constant number of tables these stay in registers. */
INLINE void sweep(const edsc_sweep *s, size_t row, size_t first, unsigned tables) {
    const int half = s->width - first < 32;
    const __m256i one = _mm256_set1_epi8(1), zero = _mm256_setzero_si256();
    const uint8_t *ranks = s->ranks + row * EDSC_SWEEP_RANKS, *nodes = s->nodes + first;
    uint8_t exits[32];
    __m256i table[16], stands = zero, next = one;
    for (unsigned i = 0; i < tables; i++)
        table[i] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)(ranks + 16 * i)));
    for (uint32_t p = s->splits; p; p--, nodes += 3 * s->width) {
        __m256i rank = look_up(table, tables, load(nodes, half)), than = load(nodes + s->width, half);
        __m256i left = _mm256_cmpeq_epi8(_mm256_subs_epu8(rank, than), zero);
        __m256i below = _mm256_cmpeq_epi8(_mm256_max_epu8(stands, load(nodes + 2 * s->width, half)), stands);
        /* The next leaf is behind all before it, so the larger of the two is where the row stands. */
        stands = _mm256_max_epu8(stands, _mm256_and_si256(next, _mm256_andnot_si256(left, below)));
        next = _mm256_add_epi8(next, one);
    }
    _mm256_storeu_si256((__m256i *)(void *)exits, stands);
    edsc_sweep_leaves(s, row, first, 32, exits);
}

AVX2 static void sweep_row(const edsc_sweep *s, size_t row) {
    for (size_t first = 0; first < s->width; first += 32)
        if (s->runs <= 32)
            sweep(s, row, first, 2);
        else if (s->runs <= 64)
            sweep(s, row, first, 4);
        else
            sweep(s, row, first, (s->runs + 15) / 16);
}

static void tree_sweep(const edsc_sweep *s, size_t groups) {
    for (; groups; groups--, s++)
        for (size_t row = 0; row < s->rows; row++)
            sweep_row(s, row);
}

EDSC_RANK(tree_ranks_f32, float)

/* The AVX-512 set differs where 64 bytes at once pay. */
#define SET(NAME, DOTS, RANKS, SWEEP)                                                                                  \
    const edsc_kernels edsc_kernels_##NAME = {#NAME,                                                                   \
                                              EDSC_DOTS(DOTS),                                                         \
                                              &edsc_packed_i8_##DOTS,                                                  \
                                              &edsc_packed_f32_##DOTS,                                                 \
                                              edsc_add_i8_avx2,                                                        \
                                              tree_tests_f32,                                                          \
                                              RANKS,                                                                   \
                                              SWEEP};
SET(x86_avx2, avx2, tree_ranks_f32, tree_sweep)
SET(x86_avx512, avx512, edsc_tree_ranks_avx512, edsc_tree_sweep_avx512)
#endif
