/* div: y = a / b; by zero as IEEE 754 has it. Integers lose their fraction, wrap, and divided by zero give 0. */
#define OP edsc_op_div
#define BINARY(a, b) ((a) / (b))
#define BINARY_INT(a, b) ((b) == 0 ? 0 : (b) == -1 ? (REAL)(0 - WRAP(a)) : (a) / (b))
#include "../binary.h"
