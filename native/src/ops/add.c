/* add: y = a + b; integers wrap. */
#define OP edsc_op_add
#define BINARY(a, b) ((a) + (b))
#define BINARY_INT(a, b) (WRAP(a) + WRAP(b))
#include "../binary.h"
