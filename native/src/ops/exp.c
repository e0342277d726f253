/* exp: y = e^x. */
#define OP edsc_op_exp
#define UNARY(x) FN(exp)(x)
#include "../unary.h"
