/* cos: the cosine of x. */
#define OP edsc_op_cos
#define UNARY(x) FN(cos)(x)
#include "../unary.h"
