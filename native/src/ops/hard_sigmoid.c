/* hard_sigmoid: y = alpha x + beta held between 0 and 1; NaN stays NaN. */
#ifndef REAL
#define OP edsc_op_hard_sigmoid
#define SETUP                                                                                                          \
    const REAL alpha = (REAL)edsc_hard_sigmoid_alpha(edsc_params(c)),                                                  \
               beta = (REAL)edsc_hard_sigmoid_beta(edsc_params(c));
#define UNARY(x) TYPED(line)(x, alpha, beta)
#define BODY "ops/hard_sigmoid.c"
#include "../unary.h"
#else

static REAL TYPED(line)(REAL x, REAL alpha, REAL beta) {
    REAL y = alpha * x + beta;
    return y < 0 ? 0 : y > 1 ? 1 : y;
}
#include "../unary.h"
#endif
