/* softsign: y = x / (1 + |x|). */
#define OP edsc_op_softsign
#define UNARY(x) ((x) / (1 + FN(fabs)(x)))
#include "../unary.h"
