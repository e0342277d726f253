/* sign: -1, 0 or 1; NaN stays NaN. */
#define OP edsc_op_sign
#define UNARY(x) ((x) > 0 ? 1 : (x) < 0 ? -1 : (x))
#define UNARY_INT(x) ((x) > 0) - ((x) < 0)
#include "../unary.h"
