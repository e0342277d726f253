/* gather: the slices of x along an axis that indices name. */
#include "../walk.h"

static int check(const edsc_call *c) {
    unsigned rank = edsc_rank(c, 0), axis = edsc_axis(edsc_gather_axis(edsc_params(c)), rank);
    if (axis >= rank)
        return EDSC_ERR_PARAM;
    uint64_t count = edsc_elements(c, 0) / edsc_dim(c, 0, axis) * (uint64_t)edsc_elements(c, 1);
    return count == edsc_elements(c, 2) ? EDSC_OK : EDSC_ERR_SHAPE;
}

static void run(const edsc_call *c) {
    unsigned rank = edsc_rank(c, 0), axis = edsc_axis(edsc_gather_axis(edsc_params(c)), rank);
    size_t inner = edsc_span(c, 0, axis + 1, rank) * edsc_size(c, 0), count = edsc_elements(c, 1);
    uint32_t size = edsc_dim(c, 0, axis);
    const uint8_t *x = edsc_data(c, 0);
    uint8_t *y = edsc_data(c, 2);
    for (size_t outer = edsc_span(c, 0, 0, axis); outer; outer--, x += size * inner)
        for (size_t i = 0; i < count; i++, y += inner)
            memcpy(y, x + edsc_index(c, 1, i, size) * inner, inner);
}

const edsc_impl edsc_op_gather = {.check = check, .run = run};
