/* mul: y = a b. */
#define OP edsc_op_mul
#define BINARY(a, b) ((a) * (b))
#include "../binary.h"
