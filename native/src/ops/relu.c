/* relu: y = max(x, 0); NaN stays NaN, -0.0 stays -0.0. */
#define OP edsc_op_relu
#define UNARY(x) ((x) < 0 ? 0 : (x))
#include "../unary.h"
