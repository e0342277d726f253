/* div: y = a / b; by zero as IEEE 754 has it. */
#define OP edsc_op_div
#define BINARY(a, b) ((a) / (b))
#include "../binary.h"
