/* mod: what a / b leaves, of the sign of b, or with the parameter fmod of the sign of a. By zero: NaN, of integers 0.
 */
#ifndef REAL
#define OP edsc_op_mod
#define MODE(c) edsc_mod_fmod(edsc_params(c))
#define BINARY(a, b) TYPED(mod)(a, b, g->mode)
#define BINARY_INT(a, b) TYPED(mod)(a, b, g->mode)
#define BODY "ops/mod.c"
#include "../binary.h"
#else

static REAL TYPED(mod)(REAL a, REAL b, int32_t sign_of_a) {
#if WHOLE
    REAL rest = b == 0 || b == -1 ? 0 : a % b;
#else
    REAL rest = FN(fmod)(a, b);
#endif
    return !sign_of_a && rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}
#include "../binary.h"
#endif
