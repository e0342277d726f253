/* tan: the tangent of x. */
#define OP edsc_op_tan
#define UNARY(x) FN(tan)(x)
#include "../unary.h"
