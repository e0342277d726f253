/* abs: y = |x|; the smallest integer stays itself. */
#define OP edsc_op_abs
#define UNARY(x) FN(fabs)(x)
#define UNARY_INT(x) ((x) < 0 ? (REAL)(0 - WRAP(x)) : (x))
#include "../unary.h"
