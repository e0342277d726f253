/* sigmoid_int16: sigmoid or tanh of int16 values by lines between 256 points of sigmoid, in integers. */
#include "../internal.h"

enum { LAST = 255 };

static int check(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    if (edsc_dim(c, 1, 0) != LAST + 1)
        return EDSC_ERR_SHAPE;
    return (uint32_t)edsc_sigmoid_int16_multiplier(p) <= INT16_MAX && (uint32_t)edsc_sigmoid_int16_shift(p) <= 30 &&
                   (uint32_t)edsc_sigmoid_int16_tanh(p) <= 1
               ? EDSC_OK
               : EDSC_ERR_PARAM;
}

static void run(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    const int32_t multiplier = edsc_sigmoid_int16_multiplier(p), shift = edsc_sigmoid_int16_shift(p);
    const int tanh = edsc_sigmoid_int16_tanh(p), bits = tanh ? 8 : 9, out = tanh ? 8 : 10;
    const int32_t top = tanh ? 0xFFFF << 8 : 0x7FFF << 10, centre = tanh ? 1 << 23 : 1 << 24;
    const int16_t *x = edsc_data(c, 0);
    const uint16_t *table = edsc_data(c, 1);
    int16_t *y = edsc_data(c, 2);
    for (size_t i = 0, count = edsc_elements(c, 0); i < count; i++) {
        int32_t at = (x[i] * multiplier + (1 << shift >> 1)) >> shift, size = at < 0 ? -at : at, value = top;
        if (size < LAST << bits) {
            const uint16_t *point = table + (size >> bits);
            value = (point[0] << bits) + (size & ((1 << bits) - 1)) * (point[1] - point[0]);
        }
        value -= centre;
        value = (at < 0 ? -value - 1 : value) + (tanh ? 0 : centre);
        value = (value + (1 << out >> 1)) >> out;
        y[i] = (int16_t)(value > INT16_MAX ? INT16_MAX : value);
    }
}

const edsc_impl edsc_op_sigmoid_int16 = {.check = check, .run = run};
