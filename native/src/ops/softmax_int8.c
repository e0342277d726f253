/* softmax_int8: softmax over the last axis in integers: e^x from a table (see edgescore/ops/softmax_int8.py), exact
 * sums, one division in double. */
#ifndef VALUE
#include "../fixed.h"
#include "../values.h"

static int check(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    uint32_t size = edsc_variant(c) == 0 ? 256 : 512;
    float scale = edsc_softmax_int8_y_scale(p);
    if (edsc_rank(c, 0) < 2 || edsc_dim(c, 1, 0) != size)
        return EDSC_ERR_SHAPE;
    if (!(scale > 0) || scale * 0 != 0 || !edsc_has_value(c, 0, edsc_softmax_int8_y_zero(p)))
        return EDSC_ERR_PARAM;
    const uint32_t *table = edsc_data(c, 1), one = UINT32_C(1) << 31;
    for (uint32_t i = 0; i < size; i++)
        if (table[i] > one || (i % 256 == 0 && table[i] != one))
            return EDSC_ERR_CONSTANT;
    return EDSC_OK;
}

static uint32_t power_i8(const uint32_t *table, int32_t distance) { return table[distance]; }
static uint32_t power_i16(const uint32_t *table, int32_t distance) {
    return (uint32_t)((uint64_t)table[distance >> 8] * table[256 + (distance & 255)] >> 31);
}

#define BODY "ops/softmax_int8.c"
#include "../quantized.h"

const edsc_impl edsc_op_softmax_int8 = {.check = check, .run = run};
#else

static void TYPED(run)(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    size_t k = edsc_dim(c, 0, edsc_rank(c, 0) - 1);
    const VALUE *x = edsc_data(c, 0), *end = x + edsc_elements(c, 0);
    const uint32_t *table = edsc_data(c, 1);
    const int32_t zero = edsc_softmax_int8_y_zero(p), high = sizeof(VALUE) == 1 ? INT8_MAX : INT16_MAX;
    for (VALUE *y = edsc_data(c, 2); x < end; x += k, y += k) {
        VALUE largest = x[0];
        uint64_t sum = 0;
        for (size_t i = 1; i < k; i++)
            largest = x[i] > largest ? x[i] : largest;
        for (size_t i = 0; i < k; i++)
            sum += TYPED(power)(table, largest - x[i]);
        double total = (double)sum * (double)edsc_softmax_int8_y_scale(p);
        for (size_t i = 0; i < k; i++) {
            double part = TYPED(power)(table, largest - x[i]) / total;
            y[i] = (VALUE)edsc_to_integer_f64(part, zero, -high - 1, high);
        }
    }
}
#endif
