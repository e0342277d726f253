/* x86_avx512.c: the kernel set for x86-64 with AVX-512 and its byte permutes (Ice Lake, Zen 4 and later): where 64
 * bytes at once pay. The rest of the set, and the struct, are x86_avx2.c's. */
#include "../hot.h"

#include "../kernels.h"

#ifdef EDSC_HAS_X86_AVX512
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi")))
#define INLINE AVX512 static inline __attribute__((always_inline))

/* Sixteen runs at once: a binary search in steps of 128 to 1, where a step beyond the end of a run is not taken. */
AVX512 void edsc_tree_ranks_avx512(const edsc_runs *runs, const float *x, uint8_t *ranks) {
    const __m512i one = _mm512_set1_epi32(1);
    const __m512 limit = _mm512_set1_ps(1.0000000180025095e-35f);
    __m512i before = _mm512_setzero_si512();
    for (uint32_t run = 0; run < runs->count; run += 16) {
        const __mmask16 lanes = (__mmask16)(runs->count - run < 16 ? (1u << (runs->count - run)) - 1 : 0xFFFF);
        __m512i kind = _mm512_maskz_loadu_epi32(lanes, runs->kinds + run);
        __m512i end = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(lanes, runs->ends + run));
        __m512i feature = _mm512_and_si512(kind, _mm512_set1_epi32(0x3FFFFF));
        __m512 value = _mm512_mask_i32gather_ps(limit, lanes, feature, x, 4);
        /* A run starts where the one before it ends. `at` is the threshold before those that are still open. */
        __m512i start = _mm512_alignr_epi32(end, before, 15), at = _mm512_sub_epi32(start, one);
        before = end;
        for (int step = 128; step; step /= 2) {
            __m512i next = _mm512_add_epi32(at, _mm512_set1_epi32(step));
            __mmask16 inside = _mm512_mask_cmplt_epi32_mask(lanes, next, end);
            __m512 threshold = _mm512_mask_i32gather_ps(value, inside, next, runs->thresholds, 4);
            at = _mm512_mask_mov_epi32(at, _mm512_cmp_ps_mask(value, threshold, _CMP_GT_OQ), next);
        }
        __m512i rank = _mm512_add_epi32(_mm512_sub_epi32(at, start), one);
        __mmask16 missing = _mm512_cmp_ps_mask(value, value, _CMP_UNORD_Q);
        missing |= _mm512_mask_cmp_ps_mask(_mm512_test_epi32_mask(kind, _mm512_set1_epi32(1 << 30)),
                                           _mm512_abs_ps(value), limit, _CMP_LE_OQ);
        rank = _mm512_mask_srli_epi32(rank, missing, kind, 22);
        _mm_storeu_si128((__m128i *)(void *)(ranks + run), _mm512_cvtepi32_epi8(rank));
    }
}

/* The rank that each lane asks for: 64 runs are one table, in a register; the most there can be are four. */
INLINE __m512i look_up(const uint8_t *ranks, int most, __m512i run) {
    __m512i first = _mm512_loadu_si512(ranks);
    if (!most)
        return _mm512_permutexvar_epi8(run, first);
    __m512i low = _mm512_permutex2var_epi8(first, run, _mm512_loadu_si512(ranks + 64));
    __m512i high = _mm512_permutex2var_epi8(_mm512_loadu_si512(ranks + 128), run, _mm512_loadu_si512(ranks + 192));
    return _mm512_mask_mov_epi8(low, _mm512_movepi8_mask(run), high);
}

/* Where a row stands behind the next split of 64 trees: at leaf `next`, or where it stood. */
INLINE __m512i step(__m512i stands, const uint8_t *nodes, size_t width, const uint8_t *ranks, int most, __m512i next) {
    const __mmask64 lanes = ~0ull >> (64 - width);
    __m512i run = _mm512_maskz_loadu_epi8(lanes, nodes), rank = _mm512_maskz_loadu_epi8(lanes, nodes + width);
    __mmask64 right = _mm512_cmpgt_epu8_mask(look_up(ranks, most, run), rank);
    right = _mm512_mask_cmpge_epu8_mask(right, stands, _mm512_maskz_loadu_epi8(lanes, nodes + 2 * width));
    return _mm512_mask_mov_epi8(stands, right, next);
}

INLINE void put_leaves(const edsc_sweep *s, size_t row, __m512i stands) {
    for (uint32_t i = 0; i < s->trees; i += 16) {
        const __mmask16 trees = (__mmask16)(s->trees - i < 16 ? (1u << (s->trees - i)) - 1 : 0xFFFF);
        __m512i leaf = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(stands));
        leaf = _mm512_add_epi32(leaf, _mm512_maskz_loadu_epi32(trees, s->first + i));
        _mm512_mask_storeu_epi32(s->leaf + row * EDSC_SWEEP_LANES + i, trees, leaf);
        stands = _mm512_shuffle_i64x2(stands, stands, 0x39);
    }
}

/* Four rows of a group take turns, as a step waits for the one before it. Not a loop: they would leave the registers.
 */
INLINE void sweep_rows(const edsc_sweep *s, int most) {
    const __m512i one = _mm512_set1_epi8(1);
    __m512i a = _mm512_setzero_si512(), b = a, c = a, d = a, next = one;
    const uint8_t *nodes = s->nodes, *ranks = s->ranks;
    const size_t width = s->width;
    for (uint32_t p = s->splits; p; p--, nodes += 3 * width, next = _mm512_add_epi8(next, one)) {
        a = step(a, nodes, width, ranks, most, next);
        b = step(b, nodes, width, ranks + EDSC_SWEEP_RANKS, most, next);
        c = step(c, nodes, width, ranks + 2 * EDSC_SWEEP_RANKS, most, next);
        d = step(d, nodes, width, ranks + 3 * EDSC_SWEEP_RANKS, most, next);
    }
    put_leaves(s, 0, a);
    put_leaves(s, 1, b);
    put_leaves(s, 2, c);
    put_leaves(s, 3, d);
}

/* Two groups of a row take turns, the one with more splits goes on alone. */
INLINE void sweep_groups(const edsc_sweep *a, const edsc_sweep *b, int most) {
    const __m512i one = _mm512_set1_epi8(1);
    __m512i stands_a = _mm512_setzero_si512(), stands_b = stands_a, next = one;
    const uint8_t *of_a = a->nodes, *of_b = b->nodes;
    uint32_t p = 0;
    for (; p < b->splits; p++, next = _mm512_add_epi8(next, one)) {
        stands_a = step(stands_a, of_a, a->width, a->ranks, most, next);
        stands_b = step(stands_b, of_b, b->width, a->ranks, most, next);
        of_a += 3 * a->width;
        of_b += 3 * b->width;
    }
    for (; p < a->splits; p++, of_a += 3 * a->width, next = _mm512_add_epi8(next, one))
        stands_a = step(stands_a, of_a, a->width, a->ranks, most, next);
    put_leaves(a, 0, stands_a);
    put_leaves(b, 0, stands_b);
}

INLINE void sweep(const edsc_sweep *s, size_t groups, int most) {
    const edsc_sweep none = {0}, *other = groups > 1 ? s + 1 : &none;
    int swap = other->splits > s->splits;
    if (s->rows > 1)
        sweep_rows(s, most);
    else
        sweep_groups(swap ? other : s, swap ? s : other, most);
}

AVX512 void edsc_tree_sweep_avx512(const edsc_sweep *s, size_t groups) {
    if (s->runs > 64)
        sweep(s, groups, 1);
    else
        sweep(s, groups, 0);
}
#endif
