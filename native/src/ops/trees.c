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

static unsigned numbers_of(const edsc_call *c) {
    unsigned dtype = dtype_of(c, X);
    return dtype == EDSC_FLOAT64 ? OF_DOUBLE : dtype == EDSC_INT16 ? OF_INT16 : OF_FLOAT;
}

static double threshold_at(const edsc_tests *tests, unsigned numbers, uint32_t i) {
    return numbers == OF_DOUBLE  ? ((const double *)tests->thresholds)[i]
           : numbers == OF_INT16 ? ((const int16_t *)tests->thresholds)[i]
                                 : ((const float *)tests->thresholds)[i];
}

static int check_tests(const edsc_tests *tests, unsigned numbers, uint32_t features, uint32_t words) {
    const int is_wide = tests->is_wide;
    const unsigned shift = edsc_flags_at(is_wide);
    uint32_t last = 0, test = 0;
    for (uint32_t run = 0; run < tests->run_count; run++) {
        uint32_t end = edsc_word(tests->runs, is_wide, run);
        CHECK(end > test && end <= tests->count);
        uint32_t kind = edsc_word(tests->kinds, is_wide, tests->is_by_run ? run : test);
        CHECK(kind >= last && (kind & ((1u << shift) - 1)) < features);
        last = kind;
        for (; test < end; test++) {
            double threshold = threshold_at(tests, numbers, test);
            CHECK(threshold == threshold && (tests->is_by_run || edsc_word(tests->kinds, is_wide, test) == kind));
            if (!(kind >> shift & EDSC_CATEGORICAL))
                continue;
            uint32_t place = edsc_category(threshold, EDSC_CATEGORY_EXACT);
            CHECK(place < words && tests->sets[place] <= EDSC_MAX_SET_WORDS && tests->sets[place] < words - place);
        }
    }
    CHECK(test == tests->count);
    return EDSC_OK;
}

/* The nodes of one tree, each of one word. A split's left subtree ends where its leaves say, and is what follows it:
 * a split, the right subtree of that, the right one of that, and so on, must end there too. From the last split to the
 * first, as those behind a split are known to move on. */
static int check_words(const ensemble *e, uint32_t first, uint32_t end) {
    for (uint32_t at = end, next; at-- > first;) {
        uint32_t left = left_of(e, e->is_wide, at);
        CHECK(left && left <= end - at && edsc_word(e->nodes, e->is_wide, at) >> e->left_at < e->tests.count);
        for (next = at + 1; next < at + left;)
            next += left_of(e, e->is_wide, next);
        CHECK(next == at + left);
    }
    return EDSC_OK;
}

/* Trees follow each other without gaps; children stay behind their parent within the tree, leaves within the table. */
EDSC_FOLDED static inline int check_nodes(const ensemble *e, int is_wide, uint32_t leaves) {
    const uint32_t *root = e->roots, top = is_wide ? 1u << 31 : 1u << 15;
    uint32_t wrong = root[0];
    for (uint32_t tree = 0, at = 0; tree < e->sum.trees; tree++, root += 2) {
        uint32_t end = end_of(e, root), rows = root[1] < leaves ? leaves - root[1] : 0;
        CHECK(at < end && end <= e->count);
        if (e->left_at) {
            CHECK(!wrong && end - at < rows && !check_words(e, at, end));
            at = end;
        }
        for (; at < end; at++) {
            wrong |= edsc_word(e->nodes, is_wide, 3 * (size_t)at) >= e->tests.count;
            for (size_t side = 1; side < 3; side++) {
                uint32_t child = edsc_word(e->nodes, is_wide, 3 * (size_t)at + side);
                wrong |= child - 1 >= (child & top ? top + rows : end - at) - 1;
            }
        }
    }
    CHECK(!wrong);
    return EDSC_OK;
}

void edsc_trees_sum(const edsc_call *c, edsc_tree_sum *sum) { edsc_tree_sum_of(c, ROOTS, LEAVES, sum); }

static ensemble operands(const edsc_call *c) {
    int is_wide = dtype_of(c, NODES) == EDSC_UINT32;
    uint32_t count = edsc_dim(c, THRESHOLDS, 0);
    ensemble e = {
        .nodes = edsc_data(c, NODES),
        .roots = edsc_data(c, ROOTS),
        .count = edsc_dim(c, NODES, 0),
        .is_wide = is_wide,
        .numbers = numbers_of(c),
        .tests = {.kinds = edsc_data(c, KINDS),
                  .runs = edsc_data(c, RUNS),
                  .run_count = edsc_dim(c, RUNS, 0),
                  .thresholds = edsc_data(c, THRESHOLDS),
                  .sets = edsc_has(c, SETS) ? edsc_data(c, SETS) : NULL,
                  .count = count,
                  .category = edsc_trees_category(edsc_params(c)),
                  .is_wide = (uint8_t)is_wide,
                  .is_by_run = edsc_dim(c, KINDS, 0) != count},
    };
    if (edsc_dim(c, NODES, 1) == 1) /* the test takes the bits that the number of the last one needs */
        for (e.left_at = is_wide ? 31 : 15; e.left_at && (count - 1) >> 1 >> ((is_wide ? 31 : 15) - e.left_at);)
            e.left_at--;
    edsc_trees_sum(c, &e.sum);
    return e;
}

static int check(const edsc_call *c) {
    const ensemble e = operands(c);
    uint32_t kinds = edsc_dim(c, KINDS, 0), width = edsc_dim(c, NODES, 1);
    int status = edsc_tree_sum_check(c, &e.sum, edsc_dim(c, LEAVES, 1));
    if (status)
        return status;
    if ((width != 3 && width != 1) || (kinds != e.tests.count && kinds != e.tests.run_count))
        return EDSC_ERR_SHAPE;
    CHECK(width == 3 || e.left_at);
    status = check_tests(&e.tests, e.numbers, edsc_dim(c, X, 1), e.tests.sets ? edsc_dim(c, SETS, 0) : 0);
    if (status)
        return status;
#ifdef EDSC_LITTLE_CODE
    return check_nodes(&e, e.is_wide, edsc_dim(c, LEAVES, 0));
#else
    return e.is_wide ? check_nodes(&e, 1, edsc_dim(c, LEAVES, 0)) : check_nodes(&e, 0, edsc_dim(c, LEAVES, 0));
#endif
}

void edsc_trees_ranges(const edsc_call *c, void *ranges) {
    const ensemble e = operands(c);
    const uint32_t *root = e.roots, top = e.is_wide || e.left_at ? 1u << 31 : 1u << 15;
    const size_t step = e.sum.targets ? edsc_tree_sum_bytes(&e.sum) / e.sum.outputs : edsc_tree_sum_bytes(&e.sum);
    uint8_t *least = ranges;
    for (uint32_t tree = 0, at = 0; tree < e.sum.trees; tree++, root += 2, least += 2 * step) {
        uint32_t end = end_of(&e, root);
        uint32_t last = e.left_at ? end + 1 : 2 * end; /* a leaf to the left of each split and a last one; or a child */
        int is_first = 1;
        for (at = e.left_at ? root[0] : 2 * root[0]; at < last; at++) {
            uint32_t child = e.left_at ? top + at - root[0] : edsc_word(e.nodes, e.is_wide, at + at / 2 + 1);
            if (!(child & top))
                continue;
            edsc_tree_widen(&e.sum, (child ^ top) + root[1], is_first, least, least + step);
            is_first = 0;
        }
    }
}

#ifndef EDSC_LITTLE_CODE
/* Whether every test compares and nothing else for this row. Kinds ascend, so the last one has the highest flags. */
static int compares_only(const ensemble *e, const float *row, uint32_t features) {
    unsigned flags = edsc_kind_of(&e->tests, e->is_wide, e->tests.count - 1) >> edsc_flags_at(e->is_wide);
    int missing = 0;
    for (uint32_t i = 0; flags && i < features; i++)
        missing |= row[i] != row[i];
    return flags <= EDSC_MISSING_RIGHT && !missing;
}

static void answer_all(const ensemble *e, const void *row, uint8_t *answers) {
    if (e->numbers == OF_DOUBLE)
        answer_all_f64(&e->tests, row, answers);
    else if (e->numbers == OF_INT16)
        answer_all_i16(&e->tests, row, answers);
    else
        EDSC_KERNEL(tree_tests_f32)(&e->tests, row, answers);
}
#endif

static void run(const edsc_call *c) {
    const ensemble e = operands(c);
    edsc_tree_adder *add = edsc_tree_adder_of(&e.sum);
    const uint8_t *x = edsc_data(c, X);
    char *y = edsc_data(c, Y);
    size_t x_bytes = edsc_dim(c, X, 1) * (size_t)edsc_dtype_size[dtype_of(c, X)];
    size_t y_bytes = edsc_tree_sum_bytes(&e.sum);
    const uint32_t trees = e.sum.trees;
    uint32_t leaf[CHUNK + LANES];
#ifndef EDSC_LITTLE_CODE
    uint8_t answers[MAX_ANSWERS];
    int fills_lanes = trees >= LANES / 2, in_lanes = fills_lanes && !e.left_at && !e.tests.is_by_run;
    int answer = fills_lanes && (e.left_at || !e.is_wide) && e.tests.count <= MAX_ANSWERS &&
                 e.tests.count / ANSWERS_PER_TREE <= trees;
    walker *answered = e.is_wide ? walk_answers_u32 : e.left_at ? walk_answers_u16 : lanes_answers;
#endif
    for (size_t rows = edsc_rows(c, X); rows; rows--, x += x_bytes, y += y_bytes) {
        const void *row = x;
#ifndef EDSC_LITTLE_CODE
        walker *walk = walkers[e.numbers][e.is_wide];
        if (answer) {
            answer_all(&e, row, answers);
            row = answers;
            walk = answered;
        } else if (in_lanes && e.numbers == OF_FLOAT && compares_only(&e, row, edsc_dim(c, X, 1))) {
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
