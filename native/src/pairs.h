/* pairs.h: one-vs-one columns: one for each pair of classes (i, j), i < j, in lexical order. */
#ifndef EDSC_PAIRS_H
#define EDSC_PAIRS_H

#include "internal.h"

/* The column of the pair (i, j), i < j < classes. */
static inline size_t edsc_pair(size_t i, size_t j, size_t classes) {
    return i * (2 * classes - i - 1) / 2 + (j - i - 1);
}

/* SHAPE unless operand 0 has a column for each pair of the classes of operand 1. */
static inline int edsc_check_pairs(const edsc_call *c) {
    uint64_t classes = edsc_dim(c, 1, 1);
    return 2 * (uint64_t)edsc_dim(c, 0, 1) == classes * (classes - 1) ? EDSC_OK : EDSC_ERR_SHAPE;
}
#endif
