/* sqrt: y = the square root of x; NaN below 0. */
#define OP edsc_op_sqrt
#define UNARY(x) FN(sqrt)(x)
#include "../unary.h"
