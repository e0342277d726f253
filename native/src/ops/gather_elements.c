/* gather_elements: for each index the element of x at its place, but on the axis where the index says. */
#include "../walk.h"

static int check(const edsc_call *c) {
    unsigned rank = edsc_rank(c, 0), axis = edsc_axis(edsc_gather_elements_axis(edsc_params(c)), rank);
    if (axis >= rank)
        return EDSC_ERR_PARAM;
    if (edsc_rank(c, 1) != rank || !edsc_same_shape(c, 1, 2, EDSC_MAX_RANK))
        return EDSC_ERR_SHAPE;
    for (unsigned i = 0; i < rank; i++)
        if (i != axis && edsc_dim(c, 1, i) > edsc_dim(c, 0, i))
            return EDSC_ERR_SHAPE;
    return EDSC_OK;
}

static void run(const edsc_call *c) {
    unsigned rank = edsc_rank(c, 0), axis = edsc_axis(edsc_gather_elements_axis(edsc_params(c)), rank);
    size_t size = edsc_size(c, 0), at = 0;
    const uint8_t *x = edsc_data(c, 0);
    uint8_t *y = edsc_data(c, 2);
    ptrdiff_t stride[EDSC_MAX_RANK];
    edsc_walk w = EDSC_WALK;
    edsc_strides(c, 0, rank, stride);
    for (unsigned i = 0; i < rank; i++)
        edsc_walk_axis(&w, edsc_dim(c, 1, i), i == axis ? 0 : stride[i], 0, 0);
    do {
        size_t index = edsc_index(c, 1, at, edsc_dim(c, 0, axis));
        memcpy(y + at++ * size, x + w.offset[0] + (ptrdiff_t)index * stride[axis], size);
    } while (edsc_walk_next(&w, w.rank));
}

const edsc_impl edsc_op_gather_elements = {.check = check, .run = run};
