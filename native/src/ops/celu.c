/* celu: y = x, below 0 alpha (e^(x / alpha) - 1). */
#define OP edsc_op_celu
#define SETUP const REAL alpha = (REAL)edsc_celu_alpha(edsc_params(c));
#define UNARY(x) ((x) < 0 ? alpha * FN(expm1)((x) / alpha) : (x))
#include "../unary.h"
