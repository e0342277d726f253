/* tree_test.h: what a test of a tree ensemble answers (edgescore/ops/trees.py defines it), for one type of numbers. The
 * includer defines REAL (and INTEGER_ROWS where that is an integer) and TYPED(name). No include guard: it is included
 * once for each type, and undefines REAL and TYPED. A kernel set may define ANSWER_RUN, the comparison of a value with
 * thresholds test..end - 1 of count (it may write answers up to count, they are overwritten), and ANSWER_TARGET, its
 * attribute. Every index it uses was checked when the model was opened. */
#ifndef ANSWER_RUN
#define ANSWER_TARGET
#define ANSWER_RUN(value, thresholds, right, test, end, count)                                                         \
    for (size_t i = test; i < end; i++)                                                                                \
    right[i] = value > thresholds[i]
#endif
#ifndef EDSC_TREE_FLAGS
#define EDSC_TREE_FLAGS
enum { EDSC_MISSING_RIGHT = 1, EDSC_ZERO_MISSING = 2, EDSC_CATEGORICAL = 4, EDSC_TREE_FLAG_BITS = 3 };
enum { EDSC_CATEGORY_FLOOR = 0, EDSC_CATEGORY_TRUNCATE = 1, EDSC_CATEGORY_EXACT = 2 };
#define EDSC_ZERO_LIMIT 1.0000000180025095e-35f
#define EDSC_NO_CATEGORY 2147483648u
enum { EDSC_MAX_SET_WORDS = 1 << 26 };

/* The category a number stands for, or EDSC_NO_CATEGORY. A number that does not fit has no integer: compare first. */
static inline uint32_t edsc_category(double value, int32_t rule) {
    if (rule == EDSC_CATEGORY_TRUNCATE && value < 0 && value > -1)
        return 0;
    if (!(value >= 0 && value < EDSC_NO_CATEGORY))
        return EDSC_NO_CATEGORY;
    uint32_t code = (uint32_t)value;
    return rule == EDSC_CATEGORY_EXACT && code != value ? EDSC_NO_CATEGORY : code;
}

/* A set is a count of words, then a bit for each category. */
static inline int edsc_in_set(const uint32_t *set, uint32_t code) {
    return code / 32 < set[0] && (set[1 + code / 32] >> code % 32 & 1);
}

/* For functions whose constant arguments must become part of their code. */
#ifdef __GNUC__
#define EDSC_FOLDED __attribute__((always_inline))
#else
#define EDSC_FOLDED
#endif

/* Word i of a table of uint32_t where it is wide, else of uint16_t. */
static inline uint32_t edsc_word(const void *table, int is_wide, size_t i) {
    return is_wide ? ((const uint32_t *)table)[i] : ((const uint16_t *)table)[i];
}

/* Where the flags of a kind are; the feature is below them. */
static inline unsigned edsc_flags_at(int is_wide) { return (is_wide ? 32u : 16u) - EDSC_TREE_FLAG_BITS; }

/* The kind of a test; that of its run, the first one that ends behind it, is searched for. */
static inline uint32_t edsc_kind_of(const edsc_tests *tests, int is_wide, size_t test) {
    size_t run = 0;
    if (!tests->is_by_run)
        return edsc_word(tests->kinds, is_wide, test);
    for (size_t left = tests->run_count, half; left > 1; left -= half) {
        half = left / 2;
        run += edsc_word(tests->runs, is_wide, run + half - 1) <= test ? half : 0;
    }
    return edsc_word(tests->kinds, is_wide, run);
}
#endif

static inline int TYPED(is_missing)(REAL value, unsigned flags) {
#ifdef INTEGER_ROWS
    return (flags & EDSC_ZERO_MISSING) && value == 0;
#else
    return value != value || ((flags & EDSC_ZERO_MISSING) && value >= -EDSC_ZERO_LIMIT && value <= EDSC_ZERO_LIMIT);
#endif
}

static inline unsigned TYPED(goes_right)(const edsc_tests *tests, const REAL *x, int is_wide, uint32_t kind,
                                         size_t test) {
    const unsigned flags = kind >> edsc_flags_at(is_wide);
    const REAL value = x[kind & ((1u << edsc_flags_at(is_wide)) - 1)],
               threshold = ((const REAL *)tests->thresholds)[test];
    if (TYPED(is_missing)(value, flags))
        return (flags & EDSC_MISSING_RIGHT) != 0;
    if (flags & EDSC_CATEGORICAL) {
#ifdef INTEGER_ROWS
        uint32_t code = value < 0 ? EDSC_NO_CATEGORY : (uint32_t)value;
#else
        uint32_t code = edsc_category(value, tests->category);
#endif
        return !edsc_in_set(tests->sets + (size_t)threshold, code);
    }
    return value > threshold;
}

/* The answers to all tests, run by run: tests of one kind follow each other. */
ANSWER_TARGET EDSC_FOLDED static inline void TYPED(answer_runs)(const edsc_tests *tests, const REAL *x, uint8_t *right,
                                                                int is_wide, int is_by_run) {
    const unsigned shift = edsc_flags_at(is_wide);
    const void *kinds = tests->kinds, *runs = tests->runs;
    const REAL *thresholds = tests->thresholds;
    const size_t count = tests->count, run_count = tests->run_count;
    (void)count;
    for (size_t run = 0, test = 0, end; run < run_count; run++, test = end) {
        const uint32_t kind = edsc_word(kinds, is_wide, is_by_run ? run : test);
        const unsigned flags = kind >> shift;
        const REAL value = x[kind & ((1u << shift) - 1)];
        end = edsc_word(runs, is_wide, run);
        if (TYPED(is_missing)(value, flags) || (flags & EDSC_CATEGORICAL))
            for (size_t i = test; i < end; i++)
                right[i] = (uint8_t)TYPED(goes_right)(tests, x, is_wide, kind, i);
        else
            ANSWER_RUN(value, thresholds, right, test, end, count);
    }
}

ANSWER_TARGET static inline void TYPED(answer_all)(const edsc_tests *tests, const REAL *x, uint8_t *right) {
    if (tests->is_wide || tests->is_by_run)
        TYPED(answer_runs)(tests, x, right, tests->is_wide, tests->is_by_run);
    else
        TYPED(answer_runs)(tests, x, right, 0, 0);
}
#undef REAL
#undef TYPED
#undef ANSWER_TARGET
#undef ANSWER_RUN
