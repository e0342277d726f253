/* sin: the sine of x. */
#define OP edsc_op_sin
#define UNARY(x) FN(sin)(x)
#include "../unary.h"
