/* top_k: the k largest or smallest of each line of the last axis, in order, and where they stood. Equal ones stay in
 * their order. NaN counts as larger than every number. */
#ifndef REAL
#include "../hot.h"

#include "../walk.h"

static int check(const edsc_call *c) {
    unsigned last = edsc_rank(c, 0) - 1; /* without axes: more than any rank */
    if (last >= EDSC_MAX_RANK || !edsc_same_shape(c, 0, 1, last) || !edsc_same_shape(c, 1, 2, EDSC_MAX_RANK) ||
        edsc_dim(c, 1, last) > edsc_dim(c, 0, last))
        return EDSC_ERR_SHAPE;
    const uint8_t *p = edsc_params(c);
    return (uint32_t)edsc_top_k_largest(p) < 2 && (uint32_t)edsc_top_k_sorted(p) < 2 ? EDSC_OK : EDSC_ERR_PARAM;
}

typedef int order(const void *a, const void *b);

/* Insertion into the list of those kept: most values do not get in. */
static void select_each(const edsc_call *c, order *above) {
    unsigned last = edsc_rank(c, 0) - 1;
    size_t size = edsc_size(c, 0), n = edsc_dim(c, 0, last), k = edsc_dim(c, 1, last);
    int largest = edsc_top_k_largest(edsc_params(c));
    const uint8_t *x = edsc_data(c, 0);
    uint8_t *y = edsc_data(c, 1);
    int64_t *index = edsc_data(c, 2);
    for (size_t lines = edsc_span(c, 0, 0, last); lines; lines--, y += k * size, index += k)
        for (size_t i = 0, kept = 0; i < n; i++, x += size) {
            size_t at = kept;
            for (const uint8_t *other = y + at * size; at; at--) {
                other -= size;
                if (!(largest ? above(x, other) : above(other, x)))
                    break;
            }
            if (at == k)
                continue;
            size_t behind = kept < k ? kept++ - at : k - 1 - at;
            memmove(y + (at + 1) * size, y + at * size, behind * size);
            memmove(index + at + 1, index + at, behind * sizeof *index);
            memcpy(y + at * size, x, size);
            index[at] = (int64_t)i;
        }
}

#define NARROW
#define BODY "ops/top_k.c"
#include "../numbers.h"

const edsc_impl edsc_op_top_k = {.check = check, .run = run};
#else

static int TYPED(above)(const void *a, const void *b) {
    const REAL first = *(const REAL *)a, second = *(const REAL *)b;
#if WHOLE
    return first > second;
#else
    return first > second || (first != first && second == second);
#endif
}

static void TYPED(run)(const edsc_call *c) { select_each(c, TYPED(above)); }
#endif
