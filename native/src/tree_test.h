/* tree_test.h: what a test of a tree ensemble answers (edgescore/ops/trees.py defines it), for one type of numbers and
 * one table width. The includer defines REAL (and INTEGER_ROWS where that is an integer), WORD (the unsigned type of
 * kinds) and TYPED(name). No include guard: it is included once for each combination, and undefines REAL and TYPED. A
 * kernel set may define ANSWER_RUN, the comparison of a value with thresholds test..end - 1 of count (it may write
 * answers up to count, they are overwritten), and ANSWER_TARGET, its attribute. Every index it uses was checked when
 * the model was opened. */
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

/* The category a number stands for, or EDSC_NO_CATEGORY. A float that does not fit has no integer: compare first. */
#define EDSC_CATEGORY(NAME, REAL)                                                                                      \
    static inline uint32_t NAME(REAL value, int32_t rule) {                                                            \
        if (rule == EDSC_CATEGORY_TRUNCATE && value < 0 && value > -1)                                                 \
            return 0;                                                                                                  \
        if (!(value >= 0 && value < (REAL)EDSC_NO_CATEGORY))                                                           \
            return EDSC_NO_CATEGORY;                                                                                   \
        uint32_t code = (uint32_t)value;                                                                               \
        return rule == EDSC_CATEGORY_EXACT && (REAL)code != value ? EDSC_NO_CATEGORY : code;                           \
    }
EDSC_CATEGORY(edsc_category_f32, float)
EDSC_CATEGORY(edsc_category_f64, double)

/* A set is a count of words, then a bit for each category. */
static inline int edsc_in_set(const uint32_t *set, uint32_t code) {
    return code / 32 < set[0] && (set[1 + code / 32] >> code % 32 & 1);
}
#endif

static inline unsigned TYPED(flags_of)(WORD kind) {
    return (unsigned)(kind >> (8 * sizeof kind - EDSC_TREE_FLAG_BITS));
}

static inline size_t TYPED(feature_of)(WORD kind) {
    return kind & (WORD)(((WORD)1 << (8 * sizeof kind - EDSC_TREE_FLAG_BITS)) - 1);
}

static inline int TYPED(is_missing)(REAL value, unsigned flags) {
#ifdef INTEGER_ROWS
    return (flags & EDSC_ZERO_MISSING) && value == 0;
#else
    return value != value || ((flags & EDSC_ZERO_MISSING) && value >= -EDSC_ZERO_LIMIT && value <= EDSC_ZERO_LIMIT);
#endif
}

static inline unsigned TYPED(goes_right)(const edsc_tests *tests, const REAL *x, size_t test) {
    WORD kind = ((const WORD *)tests->kinds)[test];
    REAL value = x[TYPED(feature_of)(kind)], threshold = ((const REAL *)tests->thresholds)[test];
    unsigned flags = TYPED(flags_of)(kind);
    if (TYPED(is_missing)(value, flags))
        return (flags & EDSC_MISSING_RIGHT) != 0;
    if (flags & EDSC_CATEGORICAL) {
#ifdef INTEGER_ROWS
        uint32_t code = value < 0 ? EDSC_NO_CATEGORY : (uint32_t)value;
#else
        uint32_t code = sizeof(REAL) == sizeof(float) ? edsc_category_f32((float)value, tests->category)
                                                      : edsc_category_f64(value, tests->category);
#endif
        return !edsc_in_set(tests->sets + (size_t)threshold, code);
    }
    return value > threshold;
}

/* The answers to all tests, run by run: tests of one kind follow each other. */
ANSWER_TARGET static inline void TYPED(answer_all)(const edsc_tests *tests, const REAL *x, uint8_t *right) {
    const WORD *kinds = tests->kinds, *runs = tests->runs;
    const REAL *thresholds = tests->thresholds;
    const size_t count = tests->count, run_count = tests->run_count;
    (void)count;
    for (size_t run = 0, test = 0, end; run < run_count; run++, test = end) {
        WORD kind = kinds[test];
        unsigned flags = TYPED(flags_of)(kind);
        REAL value = x[TYPED(feature_of)(kind)];
        end = runs[run];
        if (TYPED(is_missing)(value, flags) || (flags & EDSC_CATEGORICAL))
            for (size_t i = test; i < end; i++)
                right[i] = (uint8_t)TYPED(goes_right)(tests, x, i);
        else
            ANSWER_RUN(value, thresholds, right, test, end, count);
    }
}
#undef REAL
#undef TYPED
#undef ANSWER_TARGET
#undef ANSWER_RUN
