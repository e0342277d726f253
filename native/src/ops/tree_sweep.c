/* tree_sweep: trees laid out for vector units; edgescore/ops/tree_sweep.py defines the tables and what they mean.
 * Checks, ranks and the order of things are here; which leaf a row comes to is kernel tree_sweep's, the sum is in
 * tree_sum.h. ROWS rows at a time share the loads of the tables, and their sums do not wait for each other. */
#include "../hot.h"

#include "../internal.h"
#include "../kernels.h"
#include "../tree_sum.h"

#define REAL double
#define TYPED(name) name##_f64
#include "../tree_rank.h"
#include "../tree_test.h"
#undef REAL

#ifdef EDSC_LITTLE_CODE
enum { ROWS = 1 };
#else
enum { ROWS = EDSC_SWEEP_ROWS };
#endif
enum { LANES = EDSC_SWEEP_LANES, RANKS = EDSC_SWEEP_RANKS, ALL = 255 };

enum { X, NODES, SPLITS, FIRST, KINDS, RUNS, THRESHOLDS, LEAVES, BASE, TARGETS, SETS, NUMBERS, Y };

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            return EDSC_ERR_CONSTANT;                                                                                  \
    } while (0)

typedef struct {
    const uint8_t *nodes, *splits;
    const uint32_t *first, *sets;
    const uint16_t *numbers;
    edsc_runs runs;
    int32_t category;
    edsc_tree_sum sum;
} ensemble;

static unsigned dtype_of(const edsc_call *c, unsigned index) { return edsc_tensor_dtype(edsc_operand(c, index)); }

static const void *given(const edsc_call *c, unsigned index) { return edsc_has(c, index) ? edsc_data(c, index) : NULL; }

void edsc_tree_sweep_sum(const edsc_call *c, edsc_tree_sum *sum) { edsc_tree_sum_of(c, FIRST, LEAVES, sum); }

static ensemble operands(const edsc_call *c) {
    ensemble e = {
        .nodes = edsc_data(c, NODES),
        .splits = edsc_data(c, SPLITS),
        .first = edsc_data(c, FIRST),
        .sets = given(c, SETS),
        .numbers = given(c, NUMBERS),
        .runs = {.kinds = edsc_data(c, KINDS),
                 .ends = edsc_data(c, RUNS),
                 .thresholds = edsc_data(c, THRESHOLDS),
                 .count = edsc_dim(c, RUNS, 0)},
        .category = edsc_tree_sweep_category(edsc_params(c)),
    };
    edsc_tree_sweep_sum(c, &e.sum);
    return e;
}

static int check_runs(const ensemble *e, int is_double, uint32_t tests, uint32_t features, uint32_t words) {
    CHECK(e->runs.count <= RANKS);
    uint32_t test = 0;
    for (uint32_t run = 0; run < e->runs.count; run++) {
        uint32_t end = e->runs.ends[run], kind = e->runs.kinds[run];
        CHECK(end > test && end - test <= ALL && end <= tests && edsc_run_feature(kind) < features);
        CHECK(!edsc_run_categorical(kind) || (e->sets && end - test == 1));
        double last = 0;
        for (uint32_t at = test; at < end; at++) {
            double threshold =
                is_double ? ((const double *)e->runs.thresholds)[at] : ((const float *)e->runs.thresholds)[at];
            CHECK(threshold == threshold && (at == test || threshold >= last));
            last = threshold;
        }
        test = end;
        if (edsc_run_categorical(kind)) {
            uint32_t place = edsc_category(last, EDSC_CATEGORY_EXACT);
            CHECK(place < words && e->sets[place] <= EDSC_MAX_SET_WORDS && e->sets[place] < words - place);
        }
    }
    CHECK(test == tests);
    return EDSC_OK;
}

static uint32_t width_of(uint32_t trees) { return trees < LANES ? (trees + 15) / 16 * 16 : LANES; }

/* `leaves` is what first[] and the leaves behind it count. */
static int check_nodes(const ensemble *e, uint32_t groups, uint32_t room, uint32_t leaves) {
    const uint8_t *at = e->nodes;
    uint32_t tree = 0;
    CHECK(groups == e->sum.trees / LANES + (e->sum.trees % LANES != 0));
    for (uint32_t group = 0; group < groups; group++) {
        uint32_t width = width_of(e->sum.trees - tree), splits = e->splits[group], last[LANES] = {0};
        CHECK(splits && 3 * splits * width <= room);
        room -= 3 * splits * width;
        for (uint32_t p = 0; p < splits; p++, at += 3 * width)
            for (uint32_t lane = 0; lane < width; lane++) {
                CHECK(at[lane] < e->runs.count);
                if (at[width + lane] != ALL)
                    last[lane] = p + 1;
            }
        for (uint32_t lane = 0; lane < LANES && tree < e->sum.trees; lane++, tree++)
            CHECK(last[lane] < leaves && e->first[tree] < leaves - last[lane]);
    }
    CHECK(!room);
    return EDSC_OK;
}

static int check(const edsc_call *c) {
    const ensemble e = operands(c);
    uint32_t leaves = edsc_dim(c, LEAVES, 0), numbers = e.numbers ? edsc_dim(c, NUMBERS, 0) : 0;
    int status = edsc_tree_sum_check(c, &e.sum, edsc_dim(c, LEAVES, 1));
    if (status)
        return status;
    for (uint32_t i = 0; i < numbers; i++)
        CHECK(e.numbers[i] < leaves);
    status = check_runs(&e, dtype_of(c, X) == EDSC_FLOAT64, edsc_dim(c, THRESHOLDS, 0), edsc_dim(c, X, 1),
                        e.sets ? edsc_dim(c, SETS, 0) : 0);
    return status ? status
                  : check_nodes(&e, edsc_dim(c, SPLITS, 0), edsc_dim(c, NODES, 0), e.numbers ? numbers : leaves);
}

void edsc_tree_sweep_ranges(const edsc_call *c, void *ranges) {
    const ensemble e = operands(c);
    const size_t step = e.sum.targets ? edsc_tree_sum_bytes(&e.sum) / e.sum.outputs : edsc_tree_sum_bytes(&e.sum);
    const uint8_t *nodes = e.nodes;
    uint8_t *least = ranges;
    for (uint32_t tree = 0, splits = 0, width = 0; tree < e.sum.trees; tree++, least += 2 * step) {
        uint32_t lane = tree % LANES;
        if (!lane) {
            nodes += 3 * splits * width;
            splits = e.splits[tree / LANES];
            width = width_of(e.sum.trees - tree);
        }
        for (uint32_t leaf = 0; leaf <= splits; leaf++) {
            if (leaf && nodes[(3 * (leaf - 1) + 1) * width + lane] == ALL)
                continue; /* a split that is not there, so no leaf behind it */
            uint32_t number = e.first[tree] + leaf;
            edsc_tree_widen(&e.sum, e.numbers ? e.numbers[number] : number, !leaf, least, least + step);
        }
    }
}

EDSC_RANK(rank_f64, double)

/* Categorical runs are few: what the kernel made of them is replaced. */
static void rank_categories(const ensemble *e, int is_double, const void *row, uint8_t *ranks) {
    for (uint32_t run = 0; run < e->runs.count; run++) {
        uint32_t kind = e->runs.kinds[run], at = e->runs.ends[run] - 1u, feature = edsc_run_feature(kind);
        if (!edsc_run_categorical(kind))
            continue;
        double place = is_double ? ((const double *)e->runs.thresholds)[at] : ((const float *)e->runs.thresholds)[at];
        double value = is_double ? ((const double *)row)[feature] : ((const float *)row)[feature];
        if (!is_missing_f64(value, edsc_run_zero_missing(kind) ? EDSC_ZERO_MISSING : 0))
            ranks[run] = edsc_in_set(e->sets + (size_t)place, edsc_category(value, e->category)) ? 0 : ALL;
    }
}

/* All trees of ROWS rows group by group, or of one row two groups at a time; how many that were. */
static uint32_t add_groups(const edsc_call *c, const ensemble *e, edsc_tree_adder *add, edsc_sweep next, void *sums) {
    uint32_t leaf[(ROWS > 2 ? ROWS : 2) * LANES], tree = 0;
    edsc_sweep groups[2];
    next.nodes = e->nodes;
    next.first = e->first;
    for (uint32_t group = 0, trees, most; tree < e->sum.trees; tree += trees) {
        size_t n = 0;
        most = e->sum.trees - tree < LANES || next.rows > 1 ? LANES : 2 * LANES;
        most = edsc_trees_granted(c, tree, most);
        for (trees = 0; trees < most && tree + trees < e->sum.trees; n++, group++) {
            next.leaf = leaf + trees;
            next.trees = e->sum.trees - tree - trees < LANES ? e->sum.trees - tree - trees : LANES;
            next.splits = e->splits[group];
            next.width = width_of(next.trees);
            groups[n] = next;
            next.nodes += 3 * next.splits * next.width;
            next.first += next.trees;
            trees += next.trees;
        }
        if (!n)
            break;
        EDSC_KERNEL(tree_sweep)(groups, n);
        for (size_t r = 0; e->numbers && r < next.rows; r++)
            for (uint32_t i = 0; i < trees; i++)
                leaf[r * LANES + i] = e->numbers[leaf[r * LANES + i]];
        trees = trees < most ? trees : most;
        add(&e->sum, tree, trees, leaf, next.rows, sums);
    }
    return tree;
}

static void run(const edsc_call *c) {
    const ensemble e = operands(c);
    int is_double = dtype_of(c, X) == EDSC_FLOAT64;
    edsc_tree_adder *add = edsc_tree_adder_of(&e.sum);
    const uint8_t *x = edsc_data(c, X);
    char *y = edsc_data(c, Y);
    size_t x_bytes = edsc_dim(c, X, 1) * (is_double ? sizeof(double) : sizeof(float));
    size_t y_bytes = edsc_tree_sum_bytes(&e.sum);
    uint8_t ranks[ROWS * RANKS];
    for (size_t rows = edsc_rows(c, X), n; rows; rows -= n) {
        n = rows < ROWS ? 1 : ROWS;
        for (size_t r = 0; r < n; r++, x += x_bytes) {
            if (is_double)
                rank_f64(&e.runs, (const double *)(const void *)x, ranks + r * RANKS);
            else
                EDSC_KERNEL(tree_ranks_f32)(&e.runs, (const float *)(const void *)x, ranks + r * RANKS);
            if (e.sets)
                rank_categories(&e, is_double, x, ranks + r * RANKS);
            edsc_tree_start(&e.sum, y + r * y_bytes);
        }
        edsc_sweep sweep = {.ranks = ranks, .runs = e.runs.count, .rows = (uint32_t)n};
        uint32_t trees = add_groups(c, &e, add, sweep, y);
        if (c->until)
            c->until->trees = trees;
        for (size_t r = 0; r < n; r++, y += y_bytes)
            if (!c->until)
                edsc_tree_finish(&e.sum, y);
    }
}

const edsc_impl edsc_op_tree_sweep = {.check = check, .run = run};
