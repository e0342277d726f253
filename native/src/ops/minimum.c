/* minimum: y = the smaller of a and b; NaN where either is. */
#define OP edsc_op_minimum
#define BINARY(a, b) ((a) < (b) || (a) != (a) ? (a) : (b))
#define BINARY_INT(a, b) ((a) < (b) ? (a) : (b))
#define NARROW
#include "../binary.h"
