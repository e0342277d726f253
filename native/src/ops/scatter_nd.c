/* scatter_nd: x with slices written, or added and so on, where tuples of indices say. */
#include "../scatter.h"

static int check(const edsc_call *c) {
    unsigned rank = edsc_rank(c, 0), last = edsc_rank(c, 1) - 1; /* without axes: more than any rank */
    if (last >= EDSC_MAX_RANK || edsc_dim(c, 1, last) > rank || !edsc_same_shape(c, 0, 3, EDSC_MAX_RANK))
        return EDSC_ERR_SHAPE;
    uint32_t length = edsc_dim(c, 1, last);
    uint64_t count = edsc_elements(c, 1) / length * (uint64_t)edsc_span(c, 0, length, rank);
    return count == edsc_elements(c, 2) ? edsc_check_reduction(edsc_scatter_nd_reduction(edsc_params(c)))
                                        : EDSC_ERR_SHAPE;
}

static void run(const edsc_call *c) {
    unsigned length = edsc_dim(c, 1, edsc_rank(c, 1) - 1), dtype = edsc_tensor_dtype(edsc_operand(c, 0));
    size_t inner = edsc_span(c, 0, length, edsc_rank(c, 0)), bytes = inner * edsc_size(c, 0);
    size_t count = edsc_elements(c, 1) / length;
    int32_t reduction = edsc_scatter_nd_reduction(edsc_params(c));
    const uint8_t *updates = edsc_data(c, 2);
    uint8_t *y = edsc_data(c, 3);
    memcpy(y, edsc_data(c, 0), edsc_elements(c, 0) * edsc_size(c, 0));
    for (size_t row = 0; row < count; row++, updates += bytes)
        edsc_scatter(dtype, reduction, updates, y + edsc_index_nd(c, 0, row) * bytes, inner);
}

const edsc_impl edsc_op_scatter_nd = {.check = check, .run = run};
