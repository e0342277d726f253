/* quantize: real numbers to int8 or uint8: q = x / scale rounded half to even, plus zero; NaN becomes zero. */
#include "../fixed.h"
#include "../internal.h"

static int check(const edsc_call *c) {
    float scale = edsc_quantize_scale(edsc_params(c));
    int32_t zero = edsc_quantize_zero(edsc_params(c)), lo = edsc_variant(c) == 0 ? -128 : 0;
    return scale > 0 && scale * 0 == 0 && zero >= lo && zero <= lo + 255 ? EDSC_OK : EDSC_ERR_PARAM;
}

static void run(const edsc_call *c) {
    size_t count = edsc_elements(c, 0);
    const float *x = edsc_data(c, 0), scale = edsc_quantize_scale(edsc_params(c));
    int32_t zero = edsc_quantize_zero(edsc_params(c)), lo = edsc_variant(c) == 0 ? -128 : 0;
    uint8_t *y = edsc_data(c, 1); /* int8 has the same bytes */
    for (size_t i = 0; i < count; i++)
        y[i] = (uint8_t)edsc_to_integer(x[i] / scale, zero, lo, lo + 255);
}

const edsc_impl edsc_op_quantize = {.check = check, .run = run};
