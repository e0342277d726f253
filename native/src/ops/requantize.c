/* requantize: integers of one quantization in another, or real numbers by a product. */
#include "../hot.h"

#include "../fixed.h"
#include "../values.h"

static int takes_reals(const edsc_call *c) { return edsc_variant(c) > 7; }

static int check(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    int fits = edsc_requantize_multiplier(p) * 0 == 0 &&
               (takes_reals(c) ? !edsc_requantize_x_zero(p) : edsc_has_value(c, 0, edsc_requantize_x_zero(p))) &&
               edsc_has_output(c, 1, edsc_requantize_y_zero(p), edsc_requantize_lo(p), edsc_requantize_hi(p));
    return fits ? EDSC_OK : EDSC_ERR_PARAM;
}

#define LOOP(X, Y)                                                                                                     \
    for (size_t i = 0; i < count; i++)                                                                                 \
        ((Y *)y)[i] = (Y)edsc_to_integer((float)((int64_t)((const X *)x)[i] - x_zero) * multiplier, zero, lo, hi);     \
    break

#define REAL_LOOP(Y)                                                                                                   \
    for (size_t i = 0; i < count; i++)                                                                                 \
        ((Y *)y)[i] = (Y)edsc_to_integer(((const float *)x)[i] * multiplier, zero, lo, hi);                            \
    break

static void run(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    size_t count = edsc_elements(c, 0);
    const float multiplier = edsc_requantize_multiplier(p);
    const int32_t x_zero = edsc_requantize_x_zero(p), zero = edsc_requantize_y_zero(p);
    const int32_t lo = edsc_requantize_lo(p), hi = edsc_requantize_hi(p);
    const void *x = edsc_data(c, 0);
    void *y = edsc_data(c, 1);
    switch (edsc_variant(c)) {
    case 0:
        LOOP(int8_t, int8_t);
    case 1:
        LOOP(int8_t, uint8_t);
    case 2:
        LOOP(uint8_t, int8_t);
    case 3:
        LOOP(int16_t, int16_t);
    case 4:
        LOOP(int8_t, int16_t);
    case 5:
        LOOP(int16_t, int8_t);
    case 6:
        LOOP(int32_t, int8_t);
    case 7:
        LOOP(uint8_t, uint8_t);
    case 10:
        REAL_LOOP(int16_t);
    default: /* int8 has the same bytes as uint8 */
        REAL_LOOP(uint8_t);
    }
}

const edsc_impl edsc_op_requantize = {.check = check, .run = run};
