/* recurrent.h: what the recurrent operators share: sizes, steps and the checks of both. */
#ifndef EDSC_RECURRENT_H
#define EDSC_RECURRENT_H

#include "activation.h"
#include "internal.h"

/* Whether an operand is absent or has this shape; a size of 0 ends it. */
static inline int edsc_has_shape(const edsc_call *c, unsigned index, uint64_t a, uint64_t b, uint64_t d) {
    if (!edsc_has(c, index))
        return 1;
    const uint64_t sizes[] = {a, b, d};
    unsigned rank = 0;
    for (; rank < 3 && sizes[rank]; rank++)
        if (rank >= edsc_rank(c, index) || edsc_dim(c, index, rank) != sizes[rank])
            return 0;
    return rank == edsc_rank(c, index);
}

static inline int edsc_is_activation(int32_t kind) { return kind >= 0 && kind < EDSC_ACTIVATION_COUNT; }

/* Sizes of a layer: steps, rows, values of x, values of h. */
typedef struct edsc_layer {
    size_t t, n, i, h;
} edsc_layer;

/* Of x [t, n, i] and r [.., h], operands 0 and 2, whose ranks were checked. */
static inline edsc_layer edsc_layer_of(const edsc_call *c) {
    return (edsc_layer){edsc_dim(c, 0, 0), edsc_dim(c, 0, 1), edsc_dim(c, 0, 2), edsc_dim(c, 2, 1)};
}

/* x, w and r of `gates` gates; y, operand `y`, of all steps or the last; and the last h behind it. */
static inline int edsc_check_layer(const edsc_call *c, uint64_t gates, unsigned y) {
    if (edsc_rank(c, 0) != 3 || edsc_rank(c, 2) != 2)
        return EDSC_ERR_SHAPE;
    edsc_layer l = edsc_layer_of(c);
    int fits = edsc_has_shape(c, 1, gates * l.h, l.i, 0) && edsc_has_shape(c, 2, gates * l.h, l.h, 0) &&
               (edsc_has_shape(c, y, l.t, l.n, l.h) || edsc_has_shape(c, y, 1, l.n, l.h)) &&
               edsc_has_shape(c, y + 1, l.n, l.h, 0);
    return fits ? EDSC_OK : EDSC_ERR_SHAPE;
}

/* Memory of an operand, NULL where it is absent. */
static inline const void *edsc_optional(const edsc_call *c, unsigned index) {
    return edsc_has(c, index) ? edsc_data(c, index) : NULL;
}

/* The first h or c: operand `index`, or zeros. */
static inline void edsc_start(const edsc_call *c, unsigned index, void *to, size_t bytes) {
    if (edsc_has(c, index))
        memcpy(to, edsc_data(c, index), bytes);
    else
        memset(to, 0, bytes);
}

static inline float edsc_clipped(float x, float clip) { return x < -clip ? -clip : x > clip ? clip : x; }

#endif
