/* cosh: the hyperbolic cosine of x. */
#define OP edsc_op_cosh
#define UNARY(x) FN(cosh)(x)
#include "../unary.h"
