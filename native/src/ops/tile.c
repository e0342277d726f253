/* tile: x again and again along each axis. */
#include "../walk.h"

static int check(const edsc_call *c) {
    unsigned rank = edsc_rank(c, 0);
    if (edsc_rank(c, 1) != rank)
        return EDSC_ERR_SHAPE;
    for (unsigned i = 0; i < rank; i++)
        if (edsc_dim(c, 1, i) % edsc_dim(c, 0, i))
            return EDSC_ERR_SHAPE;
    return EDSC_OK;
}

static void run(const edsc_call *c) {
    unsigned rank = edsc_rank(c, 0);
    ptrdiff_t stride[EDSC_MAX_RANK];
    edsc_walk w = EDSC_WALK;
    edsc_strides(c, 0, rank, stride);
    for (unsigned i = 0; i < rank; i++) {
        edsc_walk_axis(&w, edsc_dim(c, 1, i) / edsc_dim(c, 0, i), 0, 0, 0);
        edsc_walk_axis(&w, edsc_dim(c, 0, i), stride[i], 0, 0);
    }
    edsc_walk_copy(&w, edsc_data(c, 0), edsc_data(c, 1), edsc_size(c, 0));
}

const edsc_impl edsc_op_tile = {.check = check, .run = run};
