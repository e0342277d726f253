/* acosh: the inverse hyperbolic cosine of x; NaN below 1. */
#define OP edsc_op_acosh
#define UNARY(x) FN(acosh)(x)
#include "../unary.h"
