/* softplus: y = log(1 + e^x), without overflow. */
#define OP edsc_op_softplus
#define UNARY(x) (FN(log1p)(FN(exp)(-FN(fabs)(x))) + ((x) > 0 ? (x) : 0))
#include "../unary.h"
