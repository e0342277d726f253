/* values.c: see values.h. */
#include "values.h"

int32_t edsc_highest(const edsc_call *c, unsigned index) {
    unsigned dtype = edsc_tensor_dtype(edsc_operand(c, index));
    return dtype == EDSC_INT8    ? INT8_MAX
           : dtype == EDSC_UINT8 ? UINT8_MAX
           : dtype == EDSC_INT16 ? INT16_MAX
                                 : INT32_MAX;
}

int32_t edsc_lowest(const edsc_call *c, unsigned index) {
    return edsc_tensor_dtype(edsc_operand(c, index)) == EDSC_UINT8 ? 0 : -edsc_highest(c, index) - 1;
}

int edsc_has_value(const edsc_call *c, unsigned index, int32_t value) {
    return value >= edsc_lowest(c, index) && value <= edsc_highest(c, index);
}

int edsc_has_output(const edsc_call *c, unsigned index, int32_t zero, int32_t lo, int32_t hi) {
    return edsc_has_value(c, index, zero) && edsc_has_value(c, index, lo) && edsc_has_value(c, index, hi) && lo <= hi;
}
