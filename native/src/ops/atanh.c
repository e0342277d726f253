/* atanh: the inverse hyperbolic tangent of x; NaN beyond -1 and 1. */
#define OP edsc_op_atanh
#define UNARY(x) FN(atanh)(x)
#include "../unary.h"
