/* ceil: the next integer at or above x. */
#define OP edsc_op_ceil
#define UNARY(x) FN(ceil)(x)
#include "../unary.h"
