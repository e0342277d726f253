/* tree_sum.h: the leaves of an ensemble, their sum in the order of the trees, and what follows the sum; the same for
 * `trees` and `tree_sweep` (edgescore/ops/trees.py), which find the leaves. */
#ifndef EDSC_TREE_SUM_H
#define EDSC_TREE_SUM_H

#include "internal.h"
#include "kernels.h"

/* Firmware (EDSC_SMALL, or no operating system) takes one tree and one row after the other, in little code and stack.
 */
#if defined(EDSC_SMALL) || !(defined(__unix__) || defined(__APPLE__) || defined(_WIN32))
#define EDSC_LITTLE_CODE
#endif

/* The operators of this build (op_table.c) that are ensembles. */
#if !defined(EDSC_SELECT_OPS) || defined(EDSC_WITH_TREES)
#define EDSC_HAS_TREES
#endif
#if !defined(EDSC_SELECT_OPS) || defined(EDSC_WITH_TREE_SWEEP)
#define EDSC_HAS_TREE_SWEEP
#endif

typedef struct edsc_tree_sum {
    const void *leaves, *base; /* base in the type of the sums */
    const uint16_t *targets;   /* NULL where a leaf holds a value for each output */
    double divisor;
    float scale;
    uint32_t trees, outputs;
    uint8_t is_whole, is_byte, is_double; /* leaves are int16_t or int8_t, int8_t, double; else float */
    uint8_t sums_double;
} edsc_tree_sum;

/* Of a call of either operator: the numbers of its operands that differ. Parameters are laid out alike. */
void edsc_tree_sum_of(const edsc_call *c, unsigned roots, unsigned leaves, edsc_tree_sum *s);

/* PARAM, SHAPE or CONSTANT for a divisor, leaf width or target that does not fit. */
int edsc_tree_sum_check(const edsc_call *c, const edsc_tree_sum *s, uint32_t leaf_width);

/* Adds the leaves of `count` trees from `first` on, in order, to the sums of `rows` rows, which are s->outputs each;
 * leaf numbers of the next row are EDSC_SWEEP_LANES behind. One row only with EDSC_LITTLE_CODE. */
typedef void edsc_tree_adder(const edsc_tree_sum *s, uint32_t first, uint32_t count, const uint32_t *leaf, size_t rows,
                             void *sums);
edsc_tree_adder *edsc_tree_adder_of(const edsc_tree_sum *s);

/* What sums start at, and from a finished sum to the output: scale, base and divisor. */
void edsc_tree_start(const edsc_tree_sum *s, void *sums);
void edsc_tree_finish(const edsc_tree_sum *s, void *sums);
static inline size_t edsc_tree_sum_bytes(const edsc_tree_sum *s) {
    return s->outputs * (s->sums_double ? sizeof(double) : sizeof(float));
}

/* How many of `count` trees from `first` on are summed next; 0 = the sum is cut short here. stop() may raise `most`. */
static inline uint32_t edsc_trees_granted(const edsc_call *c, uint32_t first, uint32_t count) {
    edsc_anytime *until = c->until;
    if (!until)
        return count;
    until->trees = first;
    if ((until->stop && until->stop(until->context)) || first >= until->most)
        return 0;
    count = count < c->at_once ? count : c->at_once;
    return count < until->most - first ? count : until->most - first;
}

/* Takes row `leaf` of the leaves into the least and greatest value of its tree, s->outputs each or one where the tree
 * has a target; `is_first` forgets what was there. */
void edsc_tree_widen(const edsc_tree_sum *s, uint32_t leaf, int is_first, void *least, void *most);

/* Whether the node of a call is an ensemble, and its sum (early_exit.c). */
int edsc_ensemble_sum(const edsc_call *c, edsc_tree_sum *sum);

/* For those who stop early, of a call of each operator: its sum; and of each tree the least and the greatest value of
 * its leaves, s->outputs values (one where trees have targets) and as many, in the type of the sums. */
void edsc_trees_sum(const edsc_call *c, edsc_tree_sum *sum);
void edsc_tree_sweep_sum(const edsc_call *c, edsc_tree_sum *sum);
void edsc_trees_ranges(const edsc_call *c, void *ranges);
void edsc_tree_sweep_ranges(const edsc_call *c, void *ranges);

#endif
