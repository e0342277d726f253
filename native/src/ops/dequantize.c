/* dequantize: int8 or uint8 back to real numbers: x = (q - zero) scale. */
#include "../internal.h"

static int check(const edsc_call *c) {
    float scale = edsc_dequantize_scale(edsc_params(c));
    int32_t zero = edsc_dequantize_zero(edsc_params(c)), lo = edsc_variant(c) == 0 ? -128 : 0;
    return scale > 0 && scale * 0 == 0 && zero >= lo && zero <= lo + 255 ? EDSC_OK : EDSC_ERR_PARAM;
}

static void run(const edsc_call *c) {
    size_t count = edsc_elements(c, 0);
    const uint8_t *q = edsc_data(c, 0);
    int32_t zero = edsc_dequantize_zero(edsc_params(c)), flip = edsc_variant(c) == 0 ? 0x80 : 0;
    float *x = edsc_data(c, 1), scale = edsc_dequantize_scale(edsc_params(c));
    for (size_t i = 0; i < count; i++)
        x[i] = (float)((q[i] ^ flip) - flip - zero) * scale; /* the byte of an int8, to its value */
}

const edsc_impl edsc_op_dequantize = {.check = check, .run = run};
