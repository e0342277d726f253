/* tanh: y = tanh x. */
#define OP edsc_op_tanh
#define UNARY(x) FN(tanh)(x)
#include "../unary.h"
