/* expand: x broadcast to the output's shape. */
#include "../walk.h"

static int check(const edsc_call *c) { return edsc_broadcasts(c, 0, 1, 0) ? EDSC_OK : EDSC_ERR_SHAPE; }

static void run(const edsc_call *c) {
    unsigned rank = edsc_rank(c, 1);
    ptrdiff_t stride[EDSC_MAX_RANK];
    edsc_walk w = EDSC_WALK;
    edsc_strides(c, 0, rank, stride);
    for (unsigned i = 0; i < rank; i++)
        edsc_walk_axis(&w, edsc_dim(c, 1, i), stride[i], 0, 0);
    edsc_walk_copy(&w, edsc_data(c, 0), edsc_data(c, 1), edsc_size(c, 0));
}

const edsc_impl edsc_op_expand = {.check = check, .run = run};
