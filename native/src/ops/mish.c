/* mish: y = x tanh(log(1 + e^x)). */
#define OP edsc_op_mish
#define UNARY(x) ((x) * FN(tanh)(FN(log1p)(FN(exp)(-FN(fabs)(x))) + ((x) > 0 ? (x) : 0)))
#include "../unary.h"
