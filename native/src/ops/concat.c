/* concat: inputs side by side along the last axis. */
#include "../internal.h"

static int check(const edsc_call *c) {
    unsigned output = edsc_operands(c) - 1, rank = edsc_rank(c, output);
    if (rank < 2)
        return EDSC_ERR_SHAPE;
    uint32_t left = edsc_dim(c, output, rank - 1);
    for (unsigned i = 0; i < output; i++) {
        if (edsc_rank(c, i) != rank || edsc_dim(c, i, rank - 1) > left)
            return EDSC_ERR_SHAPE;
        for (unsigned axis = 0; axis + 1 < rank; axis++)
            if (edsc_dim(c, i, axis) != edsc_dim(c, output, axis))
                return EDSC_ERR_SHAPE;
        left -= edsc_dim(c, i, rank - 1);
    }
    return left == 0 ? EDSC_OK : EDSC_ERR_SHAPE;
}

static void run(const edsc_call *c) {
    unsigned output = edsc_operands(c) - 1, last = edsc_rank(c, output) - 1;
    size_t size = edsc_dtype_size[edsc_tensor_dtype(edsc_operand(c, output))];
    size_t stride = edsc_dim(c, output, last) * size, rows = edsc_elements(c, output) / edsc_dim(c, output, last);
    uint8_t *column = edsc_data(c, output);
    for (unsigned i = 0; i < output; i++) {
        size_t width = edsc_dim(c, i, last) * size;
        const uint8_t *x = edsc_data(c, i);
        for (size_t row = 0; row < rows; row++)
            memcpy(column + row * stride, x + row * width, width);
        column += width;
    }
}

const edsc_impl edsc_op_concat = {.check = check, .run = run};
