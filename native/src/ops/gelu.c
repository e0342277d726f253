/* gelu: y = x times the normal distribution function of x; approximate: by a tanh. */
#ifndef REAL
#define OP edsc_op_gelu
#define SETUP int32_t approximate = edsc_gelu_approximate(edsc_params(c));
#define UNARY(x) (approximate ? TYPED(by_tanh)(x) : (REAL)0.5 * (x) * FN(erfc)((x) * (REAL) - 0.70710678118654752))
#define BODY "ops/gelu.c"
#include "../unary.h"
#else

static REAL TYPED(by_tanh)(REAL x) {
    REAL inner = (REAL)0.79788456080286536 * (x + (REAL)0.044715 * x * x * x);
    return (REAL)0.5 * x * (1 + FN(tanh)(inner));
}
#include "../unary.h"
#endif
