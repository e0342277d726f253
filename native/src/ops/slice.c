/* slice: every step-th element of each axis from a start on, as many as the output has; costs nothing
 * where the plan put the output there. */
#include "../walk.h"

static int check(const edsc_call *c) {
    unsigned rank = edsc_rank(c, 0);
    if (edsc_dim(c, 1, 0) != rank || edsc_rank(c, 3) != rank)
        return EDSC_ERR_SHAPE;
    const int32_t *starts = edsc_data(c, 1), *steps = edsc_data(c, 2);
    for (unsigned i = 0; i < rank; i++) {
        int64_t last = starts[i] + (int64_t)steps[i] * (edsc_dim(c, 3, i) - 1);
        if (starts[i] < 0 || (uint32_t)starts[i] >= edsc_dim(c, 0, i) || last < 0 || last >= edsc_dim(c, 0, i))
            return EDSC_ERR_CONSTANT;
    }
    return EDSC_OK;
}

static void run(const edsc_call *c) {
    unsigned rank = edsc_rank(c, 0);
    const int32_t *starts = edsc_data(c, 1), *steps = edsc_data(c, 2);
    const uint8_t *x = edsc_data(c, 0);
    ptrdiff_t stride[EDSC_MAX_RANK];
    edsc_walk w = EDSC_WALK;
    edsc_strides(c, 0, rank, stride);
    for (unsigned i = 0; i < rank; i++) {
        uint32_t size = edsc_dim(c, 3, i);
        x += starts[i] * stride[i];
        edsc_walk_axis(&w, size, size > 1 ? steps[i] * stride[i] : 0, 0, 0); /* an unused step may be any number */
    }
    if (x != edsc_data(c, 3))
        edsc_walk_copy(&w, x, edsc_data(c, 3), edsc_size(c, 0));
}

const edsc_impl edsc_op_slice = {.check = check, .run = run};
