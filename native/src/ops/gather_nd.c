/* gather_nd: the slices of x that tuples of indices name. */
#include "../walk.h"

static int check(const edsc_call *c) {
    unsigned rank = edsc_rank(c, 0), last = edsc_rank(c, 1) - 1; /* without axes: more than any rank */
    int32_t batch = edsc_gather_nd_batch_dims(edsc_params(c));
    if (last >= EDSC_MAX_RANK || batch < 0 || (unsigned)batch > last || (unsigned)batch >= rank)
        return EDSC_ERR_PARAM;
    uint32_t length = edsc_dim(c, 1, last), skip = (uint32_t)batch;
    if (length > rank - skip)
        return EDSC_ERR_SHAPE;
    for (unsigned i = 0; i < skip; i++)
        if (edsc_dim(c, 0, i) != edsc_dim(c, 1, i))
            return EDSC_ERR_SHAPE;
    uint64_t count = edsc_elements(c, 1) / length * (uint64_t)edsc_span(c, 0, skip + length, rank);
    return count == edsc_elements(c, 2) ? EDSC_OK : EDSC_ERR_SHAPE;
}

static void run(const edsc_call *c) {
    unsigned rank = edsc_rank(c, 0), last = edsc_rank(c, 1) - 1, length = edsc_dim(c, 1, last);
    unsigned skip = (unsigned)edsc_gather_nd_batch_dims(edsc_params(c));
    size_t whole = edsc_span(c, 0, skip, rank) * edsc_size(c, 0), rows = edsc_span(c, 1, skip, last);
    size_t inner = edsc_span(c, 0, skip + length, rank) * edsc_size(c, 0), count = edsc_elements(c, 1) / length;
    const uint8_t *x = edsc_data(c, 0);
    uint8_t *y = edsc_data(c, 2);
    for (size_t row = 0; row < count; row++, y += inner)
        memcpy(y, x + row / rows * whole + edsc_index_nd(c, skip, row) * inner, inner);
}

const edsc_impl edsc_op_gather_nd = {.check = check, .run = run};
