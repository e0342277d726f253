/* broadcast.h: how operators of two operands walk them. Shapes are aligned at their last dimension; a dimension of 1,
 * or one that is not there, is repeated along the other operand's, as in numpy. */
#ifndef EDSC_BROADCAST_H
#define EDSC_BROADCAST_H

#include "internal.h"

/* Two nested loops over results that lie side by side; a step is 0 where the operand is repeated. */
typedef struct edsc_grid {
    size_t outer, inner;
    size_t a_outer, b_outer; /* elements to go after an inner loop, counted from its first */
    size_t a_inner, b_inner; /* 0 or 1 */
    int32_t mode;            /* the operator's parameter, if it has one */
    const edsc_call *call;   /* for one that has more */
} edsc_grid;

typedef void edsc_grid_loop(const void *a, const void *b, void *y, const edsc_grid *grid);

/* EDSC_OK where y (operand 2) has the shape that operands 0 and 1 have together. */
int edsc_broadcast_check(const edsc_call *c);

/* Calls `loop` for the whole of y. */
void edsc_broadcast(const edsc_call *c, edsc_grid_loop *loop, int32_t mode);

#endif
