/* sinh: the hyperbolic sine of x. */
#define OP edsc_op_sinh
#define UNARY(x) FN(sinh)(x)
#include "../unary.h"
