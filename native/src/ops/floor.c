/* floor: the next integer at or below x. */
#define OP edsc_op_floor
#define UNARY(x) FN(floor)(x)
#include "../unary.h"
