/* power: y = a^b as C's pow, NaN for a negative a and a fractional b. Integers wrap; 1 / a^-b loses its fraction. */
#ifndef REAL
#define OP edsc_op_power
#define BINARY(a, b) FN(pow)(a, b)
#define BINARY_INT(a, b) TYPED(power)(a, b)
#define BODY "ops/power.c"
#include "../binary.h"
#else

#if WHOLE
static REAL TYPED(power)(REAL a, REAL b) {
    if (b < 0)
        return a == 1 || a == -1 ? (b & 1 ? a : 1) : 0;
    REAL y = 1;
    for (; b; b >>= 1) { /* by squaring */
        if (b & 1)
            y = (REAL)(WRAP(y) * WRAP(a));
        a = (REAL)(WRAP(a) * WRAP(a));
    }
    return y;
}
#endif
#include "../binary.h"
#endif
