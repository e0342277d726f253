/* asinh: the inverse hyperbolic sine of x. */
#define OP edsc_op_asinh
#define UNARY(x) FN(asinh)(x)
#include "../unary.h"
