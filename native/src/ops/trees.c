/* trees: a sum of decision trees; edgescore/ops/trees.py defines the tables and what they mean. Checks and the
 * order of things are here, the way from a root to a leaf is in tree_walk.h, the sum in tree_sum.h. */
#include "../hot.h"

#include "../tree_walk.h"

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

enum { OF_FLOAT, OF_DOUBLE, OF_INT16 }; /* what rows hold, in the order of walkers[] */

static unsigned numbers_of(const edsc_call *c) {
    unsigned dtype = dtype_of(c, X);
    return dtype == EDSC_FLOAT64 ? OF_DOUBLE : dtype == EDSC_INT16 ? OF_INT16 : OF_FLOAT;
}

static double threshold_at(const edsc_tests *tests, unsigned numbers, uint32_t i) {
    return numbers == OF_DOUBLE  ? ((const double *)tests->thresholds)[i]
           : numbers == OF_INT16 ? ((const int16_t *)tests->thresholds)[i]
                                 : ((const float *)tests->thresholds)[i];
}

static int check_tests(const edsc_tests *tests, unsigned numbers, int is_wide, uint32_t features, uint32_t words) {
    unsigned shift = (is_wide ? 32 : 16) - EDSC_TREE_FLAG_BITS;
    uint32_t last = 0;
    for (uint32_t i = 0; i < tests->count; i++) {
        uint32_t kind = word(tests->kinds, is_wide, i);
        double threshold = threshold_at(tests, numbers, i);
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
    for (uint32_t tree = 0, at = 0; tree < e->sum.trees; tree++, roots += 2) {
        uint32_t end = tree + 1 < e->sum.trees ? roots[2] : nodes, rows = roots[1] < leaves ? leaves - roots[1] : 0;
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

void edsc_trees_sum(const edsc_call *c, edsc_tree_sum *sum) { edsc_tree_sum_of(c, ROOTS, LEAVES, sum); }

static ensemble operands(const edsc_call *c) {
    ensemble e = {
        .nodes = edsc_data(c, NODES),
        .roots = edsc_data(c, ROOTS),
        .is_wide = dtype_of(c, NODES) == EDSC_UINT32,
        .tests = {.kinds = edsc_data(c, KINDS),
                  .runs = edsc_data(c, RUNS),
                  .run_count = edsc_dim(c, RUNS, 0),
                  .thresholds = edsc_data(c, THRESHOLDS),
                  .sets = edsc_has(c, SETS) ? edsc_data(c, SETS) : NULL,
                  .count = edsc_dim(c, KINDS, 0),
                  .category = edsc_trees_category(edsc_params(c))},
    };
    edsc_trees_sum(c, &e.sum);
    return e;
}

static int check(const edsc_call *c) {
    const ensemble e = operands(c);
    uint32_t nodes = edsc_dim(c, NODES, 0), leaves = edsc_dim(c, LEAVES, 0),
             words = e.tests.sets ? edsc_dim(c, SETS, 0) : 0;
    int status = edsc_tree_sum_check(c, &e.sum, edsc_dim(c, LEAVES, 1));
    if (!status)
        status = check_tests(&e.tests, numbers_of(c), e.is_wide, edsc_dim(c, X, 1), words);
    return status ? status : e.is_wide ? check_nodes(&e, 1, nodes, leaves) : check_nodes(&e, 0, nodes, leaves);
}

void edsc_trees_ranges(const edsc_call *c, void *ranges) {
    const ensemble e = operands(c);
    const uint32_t *roots = e.roots, top = e.is_wide ? 1u << 31 : 1u << 15;
    const size_t step = e.sum.targets ? edsc_tree_sum_bytes(&e.sum) / e.sum.outputs : edsc_tree_sum_bytes(&e.sum);
    uint8_t *least = ranges;
    for (uint32_t tree = 0, at = 0; tree < e.sum.trees; tree++, roots += 2, least += 2 * step) {
        uint32_t end = tree + 1 < e.sum.trees ? roots[2] : edsc_dim(c, NODES, 0);
        int is_first = 1;
        for (; at < end; at++)
            for (size_t side = 1; side < 3; side++) {
                uint32_t child = word(e.nodes, e.is_wide, 3 * (size_t)at + side);
                if (!(child & top))
                    continue;
                edsc_tree_widen(&e.sum, (child ^ top) + roots[1], is_first, least, least + step);
                is_first = 0;
            }
    }
}

#ifndef EDSC_LITTLE_CODE
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
    const ensemble e = operands(c);
    unsigned numbers = numbers_of(c);
    edsc_tree_adder *add = edsc_tree_adder_of(&e.sum);
    const uint8_t *x = edsc_data(c, X);
    char *y = edsc_data(c, Y);
    size_t x_bytes = edsc_dim(c, X, 1) * (size_t)edsc_dtype_size[dtype_of(c, X)];
    size_t y_bytes = edsc_tree_sum_bytes(&e.sum);
    const uint32_t trees = e.sum.trees;
    uint32_t leaf[CHUNK + LANES];
#ifndef EDSC_LITTLE_CODE
    uint8_t answers[MAX_ANSWERS];
    int fills_lanes = trees >= LANES / 2, compare = fills_lanes && numbers == OF_FLOAT;
    int answer = fills_lanes && !e.is_wide && e.tests.count <= MAX_ANSWERS && e.tests.count / ANSWERS_PER_TREE <= trees;
#endif
    for (size_t rows = edsc_rows(c, X); rows; rows--, x += x_bytes, y += y_bytes) {
        walker *walk = walkers[numbers][e.is_wide];
        const void *row = x;
#ifndef EDSC_LITTLE_CODE
        if (answer) {
            if (numbers == OF_DOUBLE)
                answer_all_f64_u16(&e.tests, row, answers);
            else if (numbers == OF_INT16)
                answer_all_i16_u16(&e.tests, row, answers);
            else
                EDSC_KERNEL(tree_tests_f32)(&e.tests, row, answers);
            row = answers;
            walk = walk_answers;
        } else if (compare && compares_only(&e, row, edsc_dim(c, X, 1), e.is_wide)) {
            walk = e.is_wide ? compare_f32_u32 : compare_f32_u16;
        }
#endif
        edsc_tree_start(&e.sum, y);
        uint32_t first = 0, count;
        for (; first < trees; first += count) {
            count = edsc_trees_granted(c, first, trees - first < CHUNK ? trees - first : CHUNK);
            if (!count)
                break;
            walk(&e, row, first, count, leaf);
            add(&e.sum, first, count, leaf, 1, y);
        }
        if (c->until)
            c->until->trees = first;
        else
            edsc_tree_finish(&e.sum, y);
    }
}

const edsc_impl edsc_op_trees = {.check = check, .run = run};
