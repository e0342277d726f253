/* elu: y = x, below 0 alpha (e^x - 1). */
#define OP edsc_op_elu
#define SETUP const REAL alpha = (REAL)edsc_elu_alpha(edsc_params(c));
#define UNARY(x) ((x) < 0 ? alpha * FN(expm1)(x) : (x))
#include "../unary.h"
