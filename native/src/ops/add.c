/* add: y = a + b. */
#define OP edsc_op_add
#define BINARY(a, b) ((a) + (b))
#include "../binary.h"
