/* bitwise_and: y = a & b, bit by bit; of bools, and. */
#define OP edsc_op_bitwise_and
#define BINARY_WORD(a, b) ((a) & (b))
#include "../binary.h"
