/* expm1: y = e^x - 1, exact near 0. */
#define OP edsc_op_expm1
#define UNARY(x) FN(expm1)(x)
#include "../unary.h"
