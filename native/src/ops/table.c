/* table: any function of one int8 or uint8 value as 256 answers, the one for the smallest value first; of one int16
 * value as 513 points with lines between them. */
#include "../internal.h"

static int check(const edsc_call *c) {
    return edsc_dim(c, 1, 0) == (edsc_variant(c) == 2 ? 513 : 256) ? EDSC_OK : EDSC_ERR_SHAPE;
}

static void run(const edsc_call *c) {
    size_t count = edsc_elements(c, 0);
    if (edsc_variant(c) == 2) {
        const int16_t *x = edsc_data(c, 0), *table = edsc_data(c, 1);
        int16_t *y = edsc_data(c, 2);
        for (size_t i = 0; i < count; i++) {
            int32_t at = x[i] - INT16_MIN;
            const int16_t *entry = table + (at >> 7);
            y[i] = (int16_t)(entry[0] + (((entry[1] - entry[0]) * (at & 127) + 64) >> 7));
        }
        return;
    }
    const uint8_t *x = edsc_data(c, 0), *table = edsc_data(c, 1);
    uint8_t *y = edsc_data(c, 2), flip = edsc_variant(c) == 0 ? 0x80 : 0; /* int8 q, as a byte, to q + 128 */
    for (size_t i = 0; i < count; i++)
        y[i] = table[x[i] ^ flip];
}

const edsc_impl edsc_op_table = {.check = check, .run = run};
