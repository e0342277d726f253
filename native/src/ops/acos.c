/* acos: the arc cosine of x; NaN beyond -1 and 1. */
#define OP edsc_op_acos
#define UNARY(x) FN(acos)(x)
#include "../unary.h"
