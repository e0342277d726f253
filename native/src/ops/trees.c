/* trees: a sum of decision trees; edgescore/ops/trees.py defines the tables and what they mean. Checks, sums and the
 * order of things are here, the way from a root to a leaf is in tree_walk.h. Sums keep the order of the trees. */
#include "../hot.h"

#include "../tree_walk.h"

#define EDSC_MAX_DIVISOR 1e30 /* a float too */

enum { X, NODES, ROOTS, KINDS, RUNS, THRESHOLDS, LEAVES, BASE, TARGETS, SETS, Y };

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            return EDSC_ERR_CONSTANT;                                                                                  \
    } while (0)

static unsigned dtype_of(const edsc_call *c, unsigned index) { return edsc_tensor_dtype(edsc_operand(c, index)); }

static uint32_t word(const void *table, int is_wide, size_t i) {
    return is_wide ? ((const uint32_t *)table)[i] : ((const uint16_t *)table)[i];
}

static int check_tests(const edsc_tests *tests, int is_double, int is_wide, uint32_t features, uint32_t words) {
    unsigned shift = (is_wide ? 32 : 16) - EDSC_TREE_FLAG_BITS;
    uint32_t last = 0;
    for (uint32_t i = 0; i < tests->count; i++) {
        uint32_t kind = word(tests->kinds, is_wide, i);
        double threshold = is_double ? ((const double *)tests->thresholds)[i] : ((const float *)tests->thresholds)[i];
        CHECK(kind >= last && (kind & ((1u << shift) - 1)) < features && threshold == threshold);
        last = kind;
        if (!(kind >> shift & EDSC_CATEGORICAL))
            continue;
        CHECK(threshold >= 0 && threshold < words);
        uint32_t place = (uint32_t)threshold;
        CHECK(place == threshold && tests->sets[place] <= EDSC_MAX_SET_WORDS && tests->sets[place] < words - place);
    }
    for (uint32_t run = 0, test = 0; run < tests->run_count; run++, test = last) {
        last = word(tests->runs, is_wide, run);
        CHECK(last > test && last <= tests->count && (last == tests->count) == (run + 1 == tests->run_count));
        CHECK(word(tests->kinds, is_wide, test) == word(tests->kinds, is_wide, last - 1));
    }
    return EDSC_OK;
}

/* Trees follow each other without gaps; children stay behind their parent within the tree, leaves within the table. */
static inline int check_nodes(const ensemble *e, int is_wide, uint32_t nodes, uint32_t leaves) {
    const uint32_t *roots = e->roots, top = is_wide ? 1u << 31 : 1u << 15;
    uint32_t wrong = roots[0];
    for (uint32_t tree = 0, at = 0; tree < e->trees; tree++, roots += 2) {
        uint32_t end = tree + 1 < e->trees ? roots[2] : nodes, rows = roots[1] < leaves ? leaves - roots[1] : 0;
        CHECK(at < end && end <= nodes);
        for (; at < end; at++) {
            wrong |= word(e->nodes, is_wide, 3 * (size_t)at) >= e->tests.count;
            for (size_t side = 1; side < 3; side++) {
                uint32_t child = word(e->nodes, is_wide, 3 * (size_t)at + side);
                wrong |= child - 1 >= (child & top ? top + rows : end - at) - 1;
            }
        }
    }
    CHECK(!wrong);
    return EDSC_OK;
}

static ensemble operands(const edsc_call *c) {
    unsigned leaf = dtype_of(c, LEAVES);
    return (ensemble){
        .nodes = edsc_data(c, NODES),
        .leaves = edsc_data(c, LEAVES),
        .base = edsc_data(c, BASE),
        .roots = edsc_data(c, ROOTS),
        .targets = edsc_has(c, TARGETS) ? edsc_data(c, TARGETS) : NULL,
        .trees = edsc_dim(c, ROOTS, 0),
        .outputs = edsc_dim(c, BASE, 0),
        .is_byte = leaf == EDSC_INT8,
        .is_whole = leaf == EDSC_INT8 || leaf == EDSC_INT16,
        .tests = {.kinds = edsc_data(c, KINDS),
                  .runs = edsc_data(c, RUNS),
                  .run_count = edsc_dim(c, RUNS, 0),
                  .thresholds = edsc_data(c, THRESHOLDS),
                  .sets = edsc_has(c, SETS) ? edsc_data(c, SETS) : NULL,
                  .count = edsc_dim(c, KINDS, 0),
                  .category = edsc_trees_category(edsc_params(c))},
    };
}

static int check(const edsc_call *c) {
    const ensemble e = operands(c);
    double divisor = edsc_trees_divisor(edsc_params(c)), scale = edsc_trees_scale(edsc_params(c));
    int is_double = dtype_of(c, X) == EDSC_FLOAT64, is_wide = dtype_of(c, NODES) == EDSC_UINT32;
    uint32_t nodes = edsc_dim(c, NODES, 0), leaves = edsc_dim(c, LEAVES, 0),
             words = e.tests.sets ? edsc_dim(c, SETS, 0) : 0;
    if (!(divisor > -EDSC_MAX_DIVISOR && divisor < EDSC_MAX_DIVISOR) || divisor == 0 || scale - scale != 0 ||
        e.tests.category < EDSC_CATEGORY_FLOOR || e.tests.category > EDSC_CATEGORY_EXACT)
        return EDSC_ERR_PARAM;
    if (edsc_dim(c, LEAVES, 1) != (e.targets ? 1 : e.outputs))
        return EDSC_ERR_SHAPE;
    for (uint32_t i = 0; e.targets && i < e.trees; i++)
        CHECK(e.targets[i] < e.outputs);
    int status = check_tests(&e.tests, is_double, is_wide, edsc_dim(c, X, 1), words);
    return status ? status : is_wide ? check_nodes(&e, 1, nodes, leaves) : check_nodes(&e, 0, nodes, leaves);
}

/* Adds the leaves of trees first..first + count - 1 to the sums, in order. Four outputs at a time stay in registers. */
typedef void adder(const ensemble *e, uint32_t first, uint32_t count, const uint32_t *leaf, void *sums);

#define ADD(NAME, SUM, LEAF)                                                                                           \
    static void NAME(const ensemble *e, uint32_t first, uint32_t count, const uint32_t *leaf, void *sums) {            \
        SUM *y = sums;                                                                                                 \
        size_t v = e->outputs, j = 0;                                                                                  \
        if (e->targets) {                                                                                              \
            for (uint32_t i = 0; i < count; i++)                                                                       \
                y[e->targets[first + i]] += (SUM)LEAF(leaf[i]);                                                        \
            return;                                                                                                    \
        }                                                                                                              \
        for (; BLOCK > 1 && j + BLOCK <= v; j += BLOCK) {                                                              \
            SUM sum[BLOCK];                                                                                            \
            memcpy(sum, y + j, sizeof sum);                                                                            \
            for (uint32_t i = 0; i < count; i++)                                                                       \
                for (size_t k = 0; k < BLOCK; k++)                                                                     \
                    sum[k] += (SUM)LEAF(leaf[i] * v + j + k);                                                          \
            memcpy(y + j, sum, sizeof sum);                                                                            \
        }                                                                                                              \
        for (; j < v; j++) {                                                                                           \
            SUM sum = y[j];                                                                                            \
            for (uint32_t i = 0; i < count; i++)                                                                       \
                sum += (SUM)LEAF(leaf[i] * v + j);                                                                     \
            y[j] = sum;                                                                                                \
        }                                                                                                              \
    }
#define F32_LEAF(i) ((const float *)e->leaves)[i]
#define F64_LEAF(i) ((const double *)e->leaves)[i]
#define WHOLE_LEAF(i) (e->is_byte ? ((const int8_t *)e->leaves)[i] : ((const int16_t *)e->leaves)[i])
ADD(add_f32_f32, float, F32_LEAF)
ADD(add_f32_whole, float, WHOLE_LEAF)
ADD(add_f64_f32, double, F32_LEAF)
ADD(add_f64_f64, double, F64_LEAF)
ADD(add_f64_whole, double, WHOLE_LEAF)

static adder *choose_adder(const ensemble *e, int sums_double, int leaves_double) {
    if (sums_double)
        return e->is_whole ? add_f64_whole : leaves_double ? add_f64_f64 : add_f64_f32;
    return e->is_whole ? add_f32_whole : add_f32_f32;
}

/* Whole-number leaves were summed as they are, from 0: the base comes after scaling. */
#define FINISH(NAME, SUM)                                                                                              \
    static void NAME(const ensemble *e, const uint8_t *params, SUM *y) {                                               \
        SUM scale = edsc_trees_scale(params), divisor = (SUM)edsc_trees_divisor(params);                               \
        for (uint32_t j = 0; j < e->outputs; j++)                                                                      \
            y[j] = (e->is_whole ? y[j] * scale + ((const SUM *)e->base)[j] : y[j]) / divisor;                          \
    }
FINISH(finish_f32, float)
FINISH(finish_f64, double)

#ifndef ONE_LANE
/* Whether every test compares and nothing else for this row. Kinds ascend, so the last one has the highest flags. */
static int compares_only(const ensemble *e, const float *row, uint32_t features, int is_wide) {
    uint32_t last = e->tests.count - 1;
    unsigned flags = is_wide ? flags_of_f32_u32(((const uint32_t *)e->tests.kinds)[last])
                             : flags_of_f32_u16(((const uint16_t *)e->tests.kinds)[last]);
    int missing = 0;
    for (uint32_t i = 0; flags && i < features; i++)
        missing |= row[i] != row[i];
    return flags <= EDSC_MISSING_RIGHT && !missing;
}
#endif

static void run(const edsc_call *c) {
    static walker *const walkers[2][2] = {{walk_f32_u16, walk_f32_u32}, {walk_f64_u16, walk_f64_u32}};
    const ensemble e = operands(c);
    int is_double = dtype_of(c, X) == EDSC_FLOAT64, is_wide = dtype_of(c, NODES) == EDSC_UINT32;
    int sums_double = dtype_of(c, Y) == EDSC_FLOAT64;
    adder *add = choose_adder(&e, sums_double, dtype_of(c, LEAVES) == EDSC_FLOAT64);
    const uint8_t *x = edsc_data(c, X);
    char *y = edsc_data(c, Y);
    size_t x_bytes = edsc_dim(c, X, 1) * (is_double ? sizeof(double) : sizeof(float));
    size_t y_bytes = e.outputs * (sums_double ? sizeof(double) : sizeof(float));
    uint32_t leaf[CHUNK + LANES];
#ifndef ONE_LANE
    uint8_t answers[MAX_ANSWERS];
    int fills_lanes = e.trees >= LANES / 2, compare = fills_lanes && !is_double;
    int answer = fills_lanes && !is_wide && e.tests.count <= MAX_ANSWERS && e.tests.count / ANSWERS_PER_TREE <= e.trees;
#endif
    for (size_t rows = edsc_rows(c, X); rows; rows--, x += x_bytes, y += y_bytes) {
        walker *walk = walkers[is_double][is_wide];
        const void *row = x;
#ifndef ONE_LANE
        if (answer) {
            if (is_double)
                answer_all_f64_u16(&e.tests, row, answers);
            else
                EDSC_KERNEL(tree_tests_f32)(&e.tests, row, answers);
            row = answers;
            walk = walk_answers;
        } else if (compare && compares_only(&e, row, edsc_dim(c, X, 1), is_wide)) {
            walk = is_wide ? compare_f32_u32 : compare_f32_u16;
        }
#endif
        if (e.is_whole)
            memset(y, 0, y_bytes);
        else
            memcpy(y, e.base, y_bytes);
        for (uint32_t first = 0, count; first < e.trees; first += count) {
            count = e.trees - first < CHUNK ? e.trees - first : CHUNK;
            walk(&e, row, first, count, leaf);
            add(&e, first, count, leaf, y);
        }
        if (sums_double)
            finish_f64(&e, edsc_params(c), (double *)(void *)y);
        else
            finish_f32(&e, edsc_params(c), (float *)(void *)y);
    }
}

const edsc_impl edsc_op_trees = {.check = check, .run = run};
