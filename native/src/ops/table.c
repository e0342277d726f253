/* table: any function of one int8 or uint8 value as 256 answers, the one for the smallest value first. */
#include "../internal.h"

static int check(const edsc_call *c) { return edsc_dim(c, 1, 0) == 256 ? EDSC_OK : EDSC_ERR_SHAPE; }

static void run(const edsc_call *c) {
    size_t count = edsc_elements(c, 0);
    const uint8_t *x = edsc_data(c, 0), *table = edsc_data(c, 1);
    uint8_t *y = edsc_data(c, 2), flip = edsc_variant(c) == 0 ? 0x80 : 0; /* int8 q, as a byte, to q + 128 */
    for (size_t i = 0; i < count; i++)
        y[i] = table[x[i] ^ flip];
}

const edsc_impl edsc_op_table = {.check = check, .run = run};
