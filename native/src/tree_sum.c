/* tree_sum.c: see tree_sum.h. Four outputs at a time stay in registers, or four rows. */
#include "hot.h"

#include "tree_sum.h"

#define EDSC_MAX_DIVISOR 1e30 /* a float too */
#define EDSC_MAX_CATEGORY_RULE 2

void edsc_tree_sum_of(const edsc_call *c, unsigned roots, unsigned leaves, edsc_tree_sum *s) {
    unsigned leaf = edsc_tensor_dtype(edsc_operand(c, leaves)), base = leaves + 1, targets = leaves + 2;
    *s = (edsc_tree_sum){
        .leaves = edsc_data(c, leaves),
        .base = edsc_data(c, base),
        .targets = edsc_has(c, targets) ? edsc_data(c, targets) : NULL,
        .divisor = edsc_trees_divisor(edsc_params(c)),
        .scale = edsc_trees_scale(edsc_params(c)),
        .trees = edsc_dim(c, roots, 0),
        .outputs = edsc_dim(c, base, 0),
        .is_whole = leaf == EDSC_INT8 || leaf == EDSC_INT16,
        .is_byte = leaf == EDSC_INT8,
        .is_double = leaf == EDSC_FLOAT64,
        .sums_double = edsc_tensor_dtype(edsc_operand(c, base)) == EDSC_FLOAT64,
    };
}

int edsc_tree_sum_check(const edsc_call *c, const edsc_tree_sum *s, uint32_t leaf_width) {
    int32_t category = edsc_trees_category(edsc_params(c));
    if (!(s->divisor > -EDSC_MAX_DIVISOR && s->divisor < EDSC_MAX_DIVISOR) || s->divisor == 0 ||
        s->scale - s->scale != 0 || category < 0 || category > EDSC_MAX_CATEGORY_RULE)
        return EDSC_ERR_PARAM;
    if (leaf_width != (s->targets ? 1 : s->outputs))
        return EDSC_ERR_SHAPE;
    for (uint32_t i = 0; s->targets && i < s->trees; i++)
        if (s->targets[i] >= s->outputs)
            return EDSC_ERR_CONSTANT;
    return EDSC_OK;
}

#ifdef EDSC_LITTLE_CODE
#define FOUR_ROWS(SUM, LEAF)
#define FOUR_OUTPUTS(SUM, LEAF)
#define ROWS 1
#else
#define ROWS rows
/* In full: at -O2 gcc would keep in memory what a loop over four adds to. */
#define FOUR(SUM, LEAF, Y, W, X, Y_, Z)                                                                                \
    SUM sum0 = (Y)[0], sum1 = (Y)[1], sum2 = (Y)[2], sum3 = (Y)[3];                                                    \
    for (uint32_t i = 0; i < count; i++) {                                                                             \
        sum0 += (SUM)LEAF(W);                                                                                          \
        sum1 += (SUM)LEAF(X);                                                                                          \
        sum2 += (SUM)LEAF(Y_);                                                                                         \
        sum3 += (SUM)LEAF(Z);                                                                                          \
    }                                                                                                                  \
    (Y)[0] = sum0, (Y)[1] = sum1, (Y)[2] = sum2, (Y)[3] = sum3;
#define ROW(r) leaf[i + r * EDSC_SWEEP_LANES]
#define OUTPUT(k) leaf[i] * v + j + k
#define FOUR_ROWS(SUM, LEAF)                                                                                           \
    if (rows == 4 && v == 1) {                                                                                         \
        FOUR(SUM, LEAF, y, ROW(0), ROW(1), ROW(2), ROW(3))                                                             \
        return;                                                                                                        \
    }
#define FOUR_OUTPUTS(SUM, LEAF)                                                                                        \
    for (; j + 4 <= v; j += 4) {                                                                                       \
        FOUR(SUM, LEAF, y + j, OUTPUT(0), OUTPUT(1), OUTPUT(2), OUTPUT(3))                                             \
    }
#endif
#define ADD(NAME, SUM, LEAF)                                                                                           \
    static void NAME(const edsc_tree_sum *s, uint32_t first, uint32_t count, const uint32_t *leaf, size_t rows,        \
                     void *sums) {                                                                                     \
        SUM *y = sums;                                                                                                 \
        size_t v = s->outputs;                                                                                         \
        (void)rows;                                                                                                    \
        FOUR_ROWS(SUM, LEAF)                                                                                           \
        for (size_t n = ROWS; n; n--, leaf += EDSC_SWEEP_LANES, y += v) {                                              \
            size_t j = 0;                                                                                              \
            for (uint32_t i = 0; s->targets && i < count; i++, j = v)                                                  \
                y[s->targets[first + i]] += (SUM)LEAF(leaf[i]);                                                        \
            FOUR_OUTPUTS(SUM, LEAF)                                                                                    \
            for (; j < v; j++) {                                                                                       \
                SUM one = y[j];                                                                                        \
                for (uint32_t i = 0; i < count; i++)                                                                   \
                    one += (SUM)LEAF(leaf[i] * v + j);                                                                 \
                y[j] = one;                                                                                            \
            }                                                                                                          \
        }                                                                                                              \
    }
#define F32_LEAF(i) ((const float *)s->leaves)[i]
#define F64_LEAF(i) ((const double *)s->leaves)[i]
#define WHOLE_LEAF(i) (s->is_byte ? ((const int8_t *)s->leaves)[i] : ((const int16_t *)s->leaves)[i])
#define FLOAT_LEAF(i) (s->is_whole ? (float)WHOLE_LEAF(i) : F32_LEAF(i))
#define DOUBLE_LEAF(i) (s->is_whole ? WHOLE_LEAF(i) : s->is_double ? F64_LEAF(i) : (double)F32_LEAF(i))
#ifdef EDSC_LITTLE_CODE /* asking for each leaf what it is takes less of it */
ADD(add_f32, float, FLOAT_LEAF)
ADD(add_f64, double, DOUBLE_LEAF)

edsc_tree_adder *edsc_tree_adder_of(const edsc_tree_sum *s) { return s->sums_double ? add_f64 : add_f32; }
#else
ADD(add_f32_f32, float, F32_LEAF)
ADD(add_f32_whole, float, WHOLE_LEAF)
ADD(add_f64_f32, double, F32_LEAF)
ADD(add_f64_f64, double, F64_LEAF)
ADD(add_f64_whole, double, WHOLE_LEAF)

edsc_tree_adder *edsc_tree_adder_of(const edsc_tree_sum *s) {
    if (s->sums_double)
        return s->is_whole ? add_f64_whole : s->is_double ? add_f64_f64 : add_f64_f32;
    return s->is_whole ? add_f32_whole : add_f32_f32;
}
#endif

/* Whole-number leaves are summed as they are, from 0: the base comes after scaling. */
void edsc_tree_start(const edsc_tree_sum *s, void *sums) {
    if (s->is_whole)
        memset(sums, 0, edsc_tree_sum_bytes(s));
    else
        memcpy(sums, s->base, edsc_tree_sum_bytes(s));
}

#define FINISH(NAME, SUM)                                                                                              \
    static void NAME(const edsc_tree_sum *s, SUM *y) {                                                                 \
        SUM scale = s->scale, divisor = (SUM)s->divisor;                                                               \
        for (uint32_t j = 0; j < s->outputs; j++)                                                                      \
            y[j] = (s->is_whole ? y[j] * scale + ((const SUM *)s->base)[j] : y[j]) / divisor;                          \
    }
FINISH(finish_f32, float)
FINISH(finish_f64, double)

void edsc_tree_finish(const edsc_tree_sum *s, void *sums) {
    if (s->sums_double)
        finish_f64(s, sums);
    else
        finish_f32(s, sums);
}

/* In double, which holds every float, so that one loop does for both. */
void edsc_tree_widen(const edsc_tree_sum *s, uint32_t leaf, int is_first, void *least, void *most) {
    size_t width = s->targets ? 1 : s->outputs;
    for (size_t j = 0; j < width; j++) {
        double value = DOUBLE_LEAF(leaf * width + j);
        for (int side = 0; side < 2; side++) {
            void *ends = side ? most : least;
            double end = s->sums_double ? ((double *)ends)[j] : ((float *)ends)[j];
            if (!is_first && !(side ? value > end : value < end))
                continue;
            if (s->sums_double)
                ((double *)ends)[j] = value;
            else
                ((float *)ends)[j] = (float)value;
        }
    }
}
