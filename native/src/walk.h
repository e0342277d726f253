/* walk.h: what operators on tensors of any rank share: walks through up to three operands by strides, axes merged where
 * memory allows, and copies of what is so described; indices made safe. Elements are moved by size, never looked at. */
#ifndef EDSC_WALK_H
#define EDSC_WALK_H

#include "internal.h"

#define EDSC_WALK_AXES (2 * EDSC_MAX_RANK) /* tile() cuts each axis in two */
#define EDSC_WALK_OPERANDS 3

/* Start from EDSC_WALK, add axes from the outermost to the innermost, then visit: offset[k] is where operand k is, in
 * bytes. Without axes there is one element. */
typedef struct edsc_walk {
    unsigned rank;
    uint32_t size[EDSC_WALK_AXES], at[EDSC_WALK_AXES];
    ptrdiff_t stride[EDSC_WALK_AXES][EDSC_WALK_OPERANDS], offset[EDSC_WALK_OPERANDS];
} edsc_walk;

#define EDSC_WALK ((edsc_walk){.size = {1}})

/* Add an inner axis; strides in bytes, 0 for an operand that repeats itself along it. */
void edsc_walk_axis(edsc_walk *w, uint32_t size, ptrdiff_t a, ptrdiff_t b, ptrdiff_t c);

/* The innermost axis, for callers with a loop of their own along it. */
static inline unsigned edsc_walk_inner(const edsc_walk *w) { return w->rank ? w->rank - 1 : 0; }

/* Step along the `axes` outermost axes; 0, and back at the start, after the last element. */
int edsc_walk_next(edsc_walk *w, unsigned axes);

/* y[i] = x[walk], y contiguous: x is operand 0 of a walk that is at its start. */
void edsc_walk_copy(edsc_walk *w, const uint8_t *x, uint8_t *y, size_t size);

/* Strides in bytes of operand `index`, broadcast to `rank` axes: 0 along those it has one element of. */
void edsc_strides(const edsc_call *c, unsigned index, unsigned rank, ptrdiff_t *stride);

/* --- shapes --- */
static inline size_t edsc_size(const edsc_call *c, unsigned index) {
    return edsc_dtype_size[edsc_tensor_dtype(edsc_operand(c, index))];
}
/* An axis that may count from the end; not below rank where there is no such axis. */
static inline unsigned edsc_axis(int32_t axis, unsigned rank) {
    return axis < 0 ? (unsigned)axis + rank : (unsigned)axis;
}
/* Elements in the axes [from, to) of an operand: 1 where there are none. */
uint32_t edsc_span(const edsc_call *c, unsigned index, unsigned from, unsigned to);
/* Whether operand `index` broadcasts to the axes of operand `to`, the last `but` axes of both left out. */
int edsc_broadcasts(const edsc_call *c, unsigned index, unsigned to, unsigned but);
/* Whether two operands have one rank and, but for `axis` (EDSC_MAX_RANK: none), one shape. */
int edsc_same_shape(const edsc_call *c, unsigned a, unsigned b, unsigned axis);

/* --- reductions of operand 0 to operand 1 along the axes of a bitmask --- */
int edsc_reduction_check(const edsc_call *c, int32_t axes);
/* Walks over the axes that stay and over those that go. */
void edsc_reduction(const edsc_call *c, int32_t axes, edsc_walk *kept, edsc_walk *gone);

/* --- indices that are int32 or int64, computed and so not to be trusted --- */
/* Element `at` of operand `index`: a negative one counts from the end, and what is still outside takes the nearest. */
size_t edsc_index(const edsc_call *c, unsigned index, size_t at, uint32_t size);
/* Where the tuple at row `row` of operand 1 points in operand 0 behind its first `skip` axes, in elements of the axes
 * that the tuple has: gather_nd and scatter_nd. */
size_t edsc_index_nd(const edsc_call *c, unsigned skip, size_t row);

#endif
