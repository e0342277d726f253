/* power: y = a^b as C's pow; NaN for a negative a and a fractional b. */
#define OP edsc_op_power
#define BINARY(a, b) FN(pow)(a, b)
#include "../binary.h"
