/* atan: the arc tangent of x. */
#define OP edsc_op_atan
#define UNARY(x) FN(atan)(x)
#include "../unary.h"
