/* log: y = ln x; -inf at 0, NaN below. */
#define OP edsc_op_log
#define UNARY(x) FN(log)(x)
#include "../unary.h"
