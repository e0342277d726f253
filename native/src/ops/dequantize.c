/* dequantize: integers back to real numbers: x = (q - zero) scale. */
#include "../values.h"

static int check(const edsc_call *c) {
    float scale = edsc_dequantize_scale(edsc_params(c));
    int fits = scale > 0 && scale * 0 == 0 && edsc_has_value(c, 0, edsc_dequantize_zero(edsc_params(c)));
    return fits ? EDSC_OK : EDSC_ERR_PARAM;
}

static void run(const edsc_call *c) {
    size_t count = edsc_elements(c, 0);
    const void *q = edsc_data(c, 0);
    int32_t zero = edsc_dequantize_zero(edsc_params(c)), flip = edsc_variant(c) == 0 ? 0x80 : 0;
    float *x = edsc_data(c, 1), scale = edsc_dequantize_scale(edsc_params(c));
    if (edsc_variant(c) == 2)
        for (size_t i = 0; i < count; i++)
            x[i] = (float)(((const int16_t *)q)[i] - zero) * scale;
    else if (edsc_variant(c) == 3)
        for (size_t i = 0; i < count; i++)
            x[i] = (float)((int64_t)((const int32_t *)q)[i] - zero) * scale;
    else
        for (size_t i = 0; i < count; i++) /* the byte of an int8, to its value */
            x[i] = (float)((((const uint8_t *)q)[i] ^ flip) - flip - zero) * scale;
}

const edsc_impl edsc_op_dequantize = {.check = check, .run = run};
