/* less: y = a < b; false where either is NaN. */
#define OP edsc_op_less
#define RESULT uint8_t
#define BINARY(a, b) ((a) < (b))
#define BINARY_INT(a, b) ((a) < (b))
#define NARROW
#include "../binary.h"
