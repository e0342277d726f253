/* bitwise_xor: y = a ^ b, bit by bit; of bools, xor. */
#define OP edsc_op_bitwise_xor
#define BINARY_WORD(a, b) ((a) ^ (b))
#include "../binary.h"
