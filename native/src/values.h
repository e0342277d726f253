/* values.h: which values the dtype of an operand has: for zero points and limits of quantized operators. */
#ifndef EDSC_VALUES_H
#define EDSC_VALUES_H

#include "internal.h"

/* Ends of the dtype of operand `index`, one of int8, uint8, int16 and int32. */
int32_t edsc_lowest(const edsc_call *c, unsigned index);
int32_t edsc_highest(const edsc_call *c, unsigned index);

/* Whether it has `value`. */
int edsc_has_value(const edsc_call *c, unsigned index, int32_t value);

/* Whether it has the zero point and the limits, and these are not crossed. */
int edsc_has_output(const edsc_call *c, unsigned index, int32_t zero, int32_t lo, int32_t hi);

#endif
