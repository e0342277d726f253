/* swish: y = x / (1 + e^(-alpha x)), without overflow. */
#ifndef REAL
#define OP edsc_op_swish
#define SETUP const REAL alpha = (REAL)edsc_swish_alpha(edsc_params(c));
#define UNARY(x) TYPED(swish)(x, alpha)
#define BODY "ops/swish.c"
#include "../unary.h"
#else

static REAL TYPED(swish)(REAL x, REAL alpha) {
    REAL e = FN(exp)(-FN(fabs)(alpha * x));
    return x * (alpha * x < 0 ? e : 1) / (1 + e);
}
#include "../unary.h"
#endif
