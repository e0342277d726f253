/* bitwise_or: y = a | b, bit by bit; of bools, or. */
#define OP edsc_op_bitwise_or
#define BINARY_WORD(a, b) ((a) | (b))
#include "../binary.h"
