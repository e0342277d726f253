/* sub: y = a - b. */
#define OP edsc_op_sub
#define BINARY(a, b) ((a) - (b))
#include "../binary.h"
