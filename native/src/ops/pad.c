/* pad: x with a border: a value, or x itself mirrored, its edge drawn out, or repeated. */
#include "../walk.h"

enum { CONSTANT, REFLECT, EDGE, WRAP, SYMMETRIC };

/* Whether the border's value is one of the dtype. */
static int fits(unsigned dtype, double value) {
    if (dtype == EDSC_FLOAT32 || dtype == EDSC_FLOAT64)
        return 1;
    int is_unsigned = dtype == EDSC_UINT8 || dtype == EDSC_UINT16 || dtype == EDSC_UINT32 || dtype == EDSC_BOOL;
    unsigned bits = dtype == EDSC_BOOL ? 1 : 8u * edsc_dtype_size[dtype];
    double half = (double)((uint64_t)1 << (bits - 1)), low = is_unsigned ? 0 : -half;
    return value >= low && value < low + half + half && value == (double)(int64_t)value;
}

static int check(const edsc_call *c) {
    unsigned rank = edsc_rank(c, 0);
    const uint8_t *p = edsc_params(c);
    if (edsc_dim(c, 1, 0) != rank || edsc_rank(c, 2) != rank)
        return EDSC_ERR_SHAPE;
    if (edsc_pad_mode(p) < CONSTANT || edsc_pad_mode(p) > SYMMETRIC ||
        !fits(edsc_tensor_dtype(edsc_operand(c, 0)), edsc_pad_value(p)))
        return EDSC_ERR_PARAM;
    const int32_t *begins = edsc_data(c, 1);
    for (unsigned i = 0; i < rank; i++)
        if (begins[i] < 0 || (uint64_t)begins[i] + edsc_dim(c, 0, i) > edsc_dim(c, 2, i))
            return EDSC_ERR_CONSTANT;
    return EDSC_OK;
}

/* Which of n elements stands at i, outside of them; -1 for none. */
static int32_t source(int32_t i, int32_t n, int32_t mode) {
    if (mode == CONSTANT)
        return -1;
    if (mode == EDGE || n == 1)
        return i < 0 ? 0 : n - 1;
    int32_t period = mode == WRAP ? n : mode == REFLECT ? 2 * n - 2 : 2 * n;
    i = (i % period + period) % period;
    return i < n ? i : mode == REFLECT ? period - i : period - 1 - i;
}

typedef struct {
    const int32_t *begins;
    int32_t from[EDSC_MAX_RANK], to[EDSC_MAX_RANK], mode; /* sizes of x and y */
    size_t below[EDSC_MAX_RANK + 1], size;                /* bytes of x in the axes from one on */
    unsigned axes;                                        /* behind these nothing is padded */
    const uint8_t *value;
} border;

/* Writes what one index of the axes before `axis` has; returns where it ends. */
static uint8_t *fill(const border *b, unsigned axis, const uint8_t *x, uint8_t *y) {
    if (axis == b->axes) {
        if (x)
            memcpy(y, x, b->below[axis]);
        for (size_t at = 0; !x && at < b->below[axis]; at += b->size)
            memcpy(y + at, b->value, b->size);
        return y + b->below[axis];
    }
    for (int32_t k = 0; k < b->to[axis]; k++) {
        int32_t i = k - b->begins[axis];
        if (i < 0 || i >= b->from[axis])
            i = source(i, b->from[axis], b->mode);
        y = fill(b, axis + 1, x && i >= 0 ? x + (size_t)i * b->below[axis + 1] : NULL, y);
    }
    return y;
}

static void run(const edsc_call *c) {
    unsigned rank = edsc_rank(c, 0), dtype = edsc_tensor_dtype(edsc_operand(c, 0));
    double real = edsc_pad_value(edsc_params(c));
    float single = dtype == EDSC_FLOAT32 ? (float)real : 0;
    int64_t integer = dtype == EDSC_FLOAT32 || dtype == EDSC_FLOAT64 ? 0 : (int64_t)real; /* its low bytes are used */
    const void *value = dtype == EDSC_FLOAT32   ? (const void *)&single
                        : dtype == EDSC_FLOAT64 ? (const void *)&real
                                                : (const void *)&integer;
    border b = {
        .begins = edsc_data(c, 1), .mode = edsc_pad_mode(edsc_params(c)), .size = edsc_size(c, 0), .value = value};
    b.below[rank] = b.size;
    for (unsigned i = rank; i--;) {
        b.from[i] = (int32_t)edsc_dim(c, 0, i);
        b.to[i] = (int32_t)edsc_dim(c, 2, i);
        b.below[i] = b.below[i + 1] * edsc_dim(c, 0, i);
        if (b.from[i] != b.to[i] && b.axes == 0)
            b.axes = i + 1;
    }
    fill(&b, 0, edsc_data(c, 0), edsc_data(c, 2));
}

const edsc_impl edsc_op_pad = {.check = check, .run = run};
