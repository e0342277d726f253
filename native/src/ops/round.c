/* round: the nearest integer; the even one of two. */
#define OP edsc_op_round
#define UNARY(x) FN(rint)(x)
#include "../unary.h"
