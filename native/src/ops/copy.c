/* copy: the same values in other memory; what writes a state. */
#include "../internal.h"

static void run(const edsc_call *c) {
    memcpy(edsc_data(c, 1), edsc_data(c, 0),
           edsc_elements(c, 0) * edsc_dtype_size[edsc_tensor_dtype(edsc_operand(c, 0))]);
}

const edsc_impl edsc_op_copy = {.run = run};
