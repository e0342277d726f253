/* where: elements of a where the condition holds, of b elsewhere; all three broadcast. */
#include "../hot.h"

#include "../walk.h"

static int check(const edsc_call *c) {
    for (unsigned i = 0; i < 3; i++)
        if (!edsc_broadcasts(c, i, 3, 0))
            return EDSC_ERR_SHAPE;
    return EDSC_OK;
}

/* Inlined for each size, which makes memcpy() one load and one store. */
static inline uint8_t *choose(const edsc_walk *w, const uint8_t *const *x, uint8_t *y, size_t size) {
    unsigned inner = edsc_walk_inner(w);
    const ptrdiff_t *stride = w->stride[inner];
    const uint8_t *condition = x[0] + w->offset[0], *a = x[1] + w->offset[1], *b = x[2] + w->offset[2];
    for (uint32_t i = 0; i < w->size[inner]; i++, condition += stride[0], a += stride[1], b += stride[2], y += size)
        memcpy(y, *condition ? a : b, size);
    return y;
}

static void run(const edsc_call *c) {
    unsigned rank = edsc_rank(c, 3);
    size_t size = edsc_size(c, 3);
    const uint8_t *x[3];
    uint8_t *y = edsc_data(c, 3);
    ptrdiff_t stride[3][EDSC_MAX_RANK];
    edsc_walk w = EDSC_WALK;
    for (unsigned i = 0; i < 3; i++) {
        x[i] = edsc_data(c, i);
        edsc_strides(c, i, rank, stride[i]);
    }
    for (unsigned i = 0; i < rank; i++)
        edsc_walk_axis(&w, edsc_dim(c, 3, i), stride[0][i], stride[1][i], stride[2][i]);
    do
        y = size == 1 ? choose(&w, x, y, 1) : size == 4 ? choose(&w, x, y, 4) : choose(&w, x, y, size);
    while (edsc_walk_next(&w, edsc_walk_inner(&w)));
}

const edsc_impl edsc_op_where = {.check = check, .run = run};
