/* asin: the arc sine of x; NaN beyond -1 and 1. */
#define OP edsc_op_asin
#define UNARY(x) FN(asin)(x)
#include "../unary.h"
