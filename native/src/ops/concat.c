/* concat: inputs side by side along an axis; costs nothing for those that the plan put there. */
#include "../walk.h"

static int check(const edsc_call *c) {
    unsigned output = edsc_operands(c) - 1, rank = edsc_rank(c, output);
    unsigned axis = edsc_axis(edsc_concat_axis(edsc_params(c)), rank);
    if (axis >= rank)
        return EDSC_ERR_PARAM;
    uint32_t left = edsc_dim(c, output, axis);
    for (unsigned i = 0; i < output; i++) {
        if (!edsc_same_shape(c, i, output, axis) || edsc_dim(c, i, axis) > left)
            return EDSC_ERR_SHAPE;
        left -= edsc_dim(c, i, axis);
    }
    return left == 0 ? EDSC_OK : EDSC_ERR_SHAPE;
}

static void run(const edsc_call *c) {
    unsigned output = edsc_operands(c) - 1, rank = edsc_rank(c, output);
    unsigned axis = edsc_axis(edsc_concat_axis(edsc_params(c)), rank);
    size_t size = edsc_size(c, output), stride = edsc_span(c, output, axis, rank) * size;
    size_t rows = edsc_elements(c, output) * size / stride;
    uint8_t *column = edsc_data(c, output);
    for (unsigned i = 0; i < output; i++) {
        size_t width = edsc_span(c, i, axis, rank) * size;
        const uint8_t *x = edsc_data(c, i);
        for (size_t row = 0; row < rows && x != column; row++)
            memcpy(column + row * stride, x + row * width, width);
        column += width;
    }
}

const edsc_impl edsc_op_concat = {.check = check, .run = run};
