/* scatter_elements: x with each update written, or added and so on, at its place, but on the axis where the index says.
 */
#include "../scatter.h"

static int check(const edsc_call *c) {
    unsigned rank = edsc_rank(c, 0), axis = edsc_axis(edsc_scatter_elements_axis(edsc_params(c)), rank);
    if (axis >= rank)
        return EDSC_ERR_PARAM;
    if (edsc_rank(c, 1) != rank || !edsc_same_shape(c, 1, 2, EDSC_MAX_RANK) || !edsc_same_shape(c, 0, 3, EDSC_MAX_RANK))
        return EDSC_ERR_SHAPE;
    for (unsigned i = 0; i < rank; i++)
        if (i != axis && edsc_dim(c, 1, i) > edsc_dim(c, 0, i))
            return EDSC_ERR_SHAPE;
    return edsc_check_reduction(edsc_scatter_elements_reduction(edsc_params(c)));
}

static void run(const edsc_call *c) {
    unsigned rank = edsc_rank(c, 0), axis = edsc_axis(edsc_scatter_elements_axis(edsc_params(c)), rank);
    unsigned dtype = edsc_tensor_dtype(edsc_operand(c, 0));
    int32_t reduction = edsc_scatter_elements_reduction(edsc_params(c));
    size_t size = edsc_size(c, 0), at = 0;
    const uint8_t *updates = edsc_data(c, 2);
    uint8_t *y = edsc_data(c, 3);
    ptrdiff_t stride[EDSC_MAX_RANK];
    edsc_walk w = EDSC_WALK;
    memcpy(y, edsc_data(c, 0), edsc_elements(c, 0) * size);
    edsc_strides(c, 0, rank, stride);
    for (unsigned i = 0; i < rank; i++)
        edsc_walk_axis(&w, edsc_dim(c, 1, i), i == axis ? 0 : stride[i], 0, 0);
    do {
        size_t index = edsc_index(c, 1, at, edsc_dim(c, 0, axis));
        edsc_scatter(dtype, reduction, updates + at++ * size, y + w.offset[0] + (ptrdiff_t)index * stride[axis], 1);
    } while (edsc_walk_next(&w, w.rank));
}

const edsc_impl edsc_op_scatter_elements = {.check = check, .run = run};
