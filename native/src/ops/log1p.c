/* log1p: y = ln(1 + x), exact near 0. */
#define OP edsc_op_log1p
#define UNARY(x) FN(log1p)(x)
#include "../unary.h"
