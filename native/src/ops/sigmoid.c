/* sigmoid: y = 1 / (1 + e^-x), without overflow on either side. */
#ifndef REAL
#define BODY "ops/sigmoid.c"
#include "../real.h"

const edsc_impl edsc_op_sigmoid = {.run = run};
#else

static void TYPED(run)(const edsc_call *c) {
    size_t count = edsc_elements(c, 0);
    const REAL *x = edsc_data(c, 0);
    REAL *y = edsc_data(c, 1);
    for (size_t i = 0; i < count; i++) {
        REAL e = FN(exp)(-FN(fabs)(x[i]));
        y[i] = (x[i] < 0 ? e : 1) / (1 + e);
    }
}
#endif
