/* hard_swish: y = x (x + 3) / 6, 0 below -3 and x above 3; NaN stays NaN. */
#ifndef REAL
#define OP edsc_op_hard_swish
#define UNARY(x) TYPED(hard_swish)(x)
#define BODY "ops/hard_swish.c"
#include "../unary.h"
#else

static REAL TYPED(hard_swish)(REAL x) {
    REAL held = x + 3;
    held = held < 0 ? 0 : held > 6 ? 6 : held;
    return x * held / 6;
}
#include "../unary.h"
#endif
