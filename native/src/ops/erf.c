/* erf: the error function, 2 / sqrt(pi) times the integral of e^-t^2 from 0 to x. */
#define OP edsc_op_erf
#define UNARY(x) FN(erf)(x)
#include "../unary.h"
