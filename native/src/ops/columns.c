/* columns: selected columns of x, in a given order. Values are moved, not read, so it goes by their size. */
#include "../internal.h"

static int check(const edsc_call *c) {
    const int32_t *index = edsc_data(c, 1);
    for (uint32_t j = 0; j < edsc_dim(c, 1, 0); j++)
        if (index[j] < 0 || (uint32_t)index[j] >= edsc_dim(c, 0, 1))
            return EDSC_ERR_CONSTANT;
    return EDSC_OK;
}

/* Inlined for each size, which makes memcpy() one load and one store. */
static inline void select_columns(const edsc_call *c, size_t size) {
    size_t rows = edsc_rows(c, 0), stride = edsc_dim(c, 0, 1) * size, m = edsc_dim(c, 1, 0);
    const uint8_t *x = edsc_data(c, 0);
    const int32_t *index = edsc_data(c, 1);
    uint8_t *y = edsc_data(c, 2);
    for (size_t row = 0; row < rows; row++, x += stride)
        for (size_t j = 0; j < m; j++, y += size)
            memcpy(y, x + (size_t)index[j] * size, size);
}

static void run(const edsc_call *c) {
    switch (edsc_dtype_size[edsc_tensor_dtype(edsc_operand(c, 0))]) {
    case 1:
        select_columns(c, 1);
        break;
    case 4:
        select_columns(c, 4);
        break;
    default:
        select_columns(c, 8);
    }
}

const edsc_impl edsc_op_columns = {.check = check, .run = run};
