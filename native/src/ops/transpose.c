/* transpose: axes in another order. */
#include "../walk.h"

static int check(const edsc_call *c) {
    unsigned rank = edsc_rank(c, 0), seen = 0;
    if (edsc_dim(c, 1, 0) != rank || edsc_rank(c, 2) != rank)
        return EDSC_ERR_SHAPE;
    const int32_t *perm = edsc_data(c, 1);
    for (unsigned i = 0; i < rank; i++) {
        if (perm[i] < 0 || (unsigned)perm[i] >= rank || seen >> perm[i] & 1)
            return EDSC_ERR_CONSTANT;
        seen |= 1u << perm[i];
    }
    for (unsigned i = 0; i < rank; i++)
        if (edsc_dim(c, 2, i) != edsc_dim(c, 0, (unsigned)perm[i]))
            return EDSC_ERR_SHAPE;
    return EDSC_OK;
}

static void run(const edsc_call *c) {
    unsigned rank = edsc_rank(c, 0);
    const int32_t *perm = edsc_data(c, 1);
    ptrdiff_t stride[EDSC_MAX_RANK];
    edsc_walk w = EDSC_WALK;
    edsc_strides(c, 0, rank, stride);
    for (unsigned i = 0; i < rank; i++)
        edsc_walk_axis(&w, edsc_dim(c, 2, i), stride[perm[i]], 0, 0);
    edsc_walk_copy(&w, edsc_data(c, 0), edsc_data(c, 2), edsc_size(c, 0));
}

const edsc_impl edsc_op_transpose = {.check = check, .run = run};
