/* matrices.h: what products of the matrices in the last two axes share: their shapes and the walk over those before. */
#ifndef EDSC_MATRICES_H
#define EDSC_MATRICES_H

#include "internal.h"

typedef struct edsc_matrices {
    size_t n, k, m; /* of [n, k] x [k, m] */
    const edsc_call *call;
} edsc_matrices;

typedef void edsc_product(const edsc_matrices *of, const void *a, const void *b, void *y);

/* SHAPE unless operands 0 and 1 have the product operand 2. */
int edsc_matrices_check(const edsc_call *c);

/* Calls `product` for every pair of matrices. */
void edsc_matrices_run(const edsc_call *c, edsc_product *product);

#endif
