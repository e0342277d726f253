/* abs: y = |x|. */
#define OP edsc_op_abs
#define UNARY(x) FN(fabs)(x)
#include "../unary.h"
