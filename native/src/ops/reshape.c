/* reshape: the same elements in the same order under another shape. */
#include "../internal.h"

static int check(const edsc_call *c) { return edsc_elements(c, 0) == edsc_elements(c, 1) ? EDSC_OK : EDSC_ERR_SHAPE; }

static void run(const edsc_call *c) {
    const void *x = edsc_data(c, 0);
    void *y = edsc_data(c, 1);
    if (x != y)
        memcpy(y, x, edsc_elements(c, 0) * edsc_dtype_size[edsc_tensor_dtype(edsc_operand(c, 0))]);
}

const edsc_impl edsc_op_reshape = {.check = check, .run = run};
