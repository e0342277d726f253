/* quantize: real numbers to integers: q = x / scale rounded half to even, plus zero; NaN becomes zero. */
#include "../fixed.h"
#include "../values.h"

static int check(const edsc_call *c) {
    float scale = edsc_quantize_scale(edsc_params(c));
    int fits = scale > 0 && scale * 0 == 0 && edsc_has_value(c, 1, edsc_quantize_zero(edsc_params(c)));
    return fits ? EDSC_OK : EDSC_ERR_PARAM;
}

static void run(const edsc_call *c) {
    size_t count = edsc_elements(c, 0);
    const float *x = edsc_data(c, 0), scale = edsc_quantize_scale(edsc_params(c));
    int32_t zero = edsc_quantize_zero(edsc_params(c)), lo = edsc_lowest(c, 1), hi = edsc_highest(c, 1);
    void *y = edsc_data(c, 1);
    if (edsc_variant(c) == 2)
        for (size_t i = 0; i < count; i++)
            ((int16_t *)y)[i] = (int16_t)edsc_to_integer(x[i] / scale, zero, lo, hi);
    else if (edsc_variant(c) == 3)
        for (size_t i = 0; i < count; i++)
            ((int32_t *)y)[i] = (int32_t)edsc_to_integer_f64((double)(x[i] / scale), zero, lo, hi);
    else
        for (size_t i = 0; i < count; i++) /* int8 has the same bytes as uint8 */
            ((uint8_t *)y)[i] = (uint8_t)edsc_to_integer(x[i] / scale, zero, lo, hi);
}

const edsc_impl edsc_op_quantize = {.check = check, .run = run};
