/* generic.c: the kernel set in plain C99; the definition that every other set is compared with. */
#include "../hot.h"

#include "../kernels.h"

#if !defined(EDSC_SMALL) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3") /* else gcc does not vectorise a loop of comparisons: 1.5 times slower on a big model */
#endif
#define REAL float
#define TYPED(name) name##_f32
#include "../tree_rank.h"
#include "../tree_test.h"

#ifndef EDSC_SMALL
static void tree_tests_f32(const edsc_tests *tests, const float *x, uint8_t *right) { answer_all_f32(tests, x, right); }
#endif

EDSC_RANK(tree_ranks_f32, float)

enum { AHEAD = 8 }; /* splits whose ranks are looked up, one by one, before compilers can compare them as vectors */

static void sweep_row(const edsc_sweep *s, size_t row) {
    const uint8_t *nodes = s->nodes, *ranks = s->ranks + row * EDSC_SWEEP_RANKS;
    const size_t width = s->width;
    uint8_t rank[AHEAD][EDSC_SWEEP_LANES], stands[EDSC_SWEEP_LANES] = {0};
    for (uint32_t p = 0, n; p < s->splits; p += n) {
        n = s->splits - p < AHEAD ? s->splits - p : AHEAD;
        for (uint32_t k = 0; k < n; k++)
            for (size_t i = 0; i < width; i++)
                rank[k][i] = ranks[nodes[3 * k * width + i]];
        for (uint32_t k = 0; k < n; k++, nodes += 3 * width) {
            const uint8_t *than = nodes + width, *low = than + width, next = (uint8_t)(p + k + 1);
            for (size_t i = 0; i < width; i++) {
                uint8_t right = rank[k][i] > than[i] ? next : 0, moved = stands[i] >= low[i] ? right : 0;
                stands[i] = moved > stands[i] ? moved : stands[i];
            }
        }
    }
    edsc_sweep_leaves(s, row, 0, width, stands);
}

static void tree_sweep(const edsc_sweep *s, size_t groups) {
    for (; groups; groups--, s++)
        for (size_t row = 0; row < s->rows; row++)
            sweep_row(s, row);
}

#ifdef EDSC_HAS_PACKED
#define PACKED NULL, NULL,
#else
#define PACKED
#endif
#ifdef EDSC_SMALL
#define SET(NAME, DOTS, TREE_SWEEP)                                                                                    \
    const edsc_kernels edsc_kernels_##NAME = {#NAME, EDSC_DOTS(DOTS), tree_ranks_f32, TREE_SWEEP};
#else
#define SET(NAME, DOTS, TREE_SWEEP)                                                                                    \
    const edsc_kernels edsc_kernels_##NAME = {#NAME,          EDSC_DOTS(DOTS), PACKED edsc_add_i8_generic,             \
                                              tree_tests_f32, tree_ranks_f32,  TREE_SWEEP};
#endif
SET(generic, generic, tree_sweep)
#ifdef EDSC_HAS_ARM_NEON
SET(arm_neon, neon, edsc_tree_sweep_neon)
#endif
