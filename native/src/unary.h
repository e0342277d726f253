/* unary.h: an operator of one operand and no parameters, element by element: its file defines OP and UNARY(x). */
#ifndef REAL
#define BODY "unary.h"
#include "real.h"

const edsc_impl OP = {.run = run};
#else

static void TYPED(run)(const edsc_call *c) {
    size_t count = edsc_elements(c, 0);
    const REAL *x = edsc_data(c, 0);
    REAL *y = edsc_data(c, 1);
    for (size_t i = 0; i < count; i++)
        y[i] = UNARY(x[i]);
}
#endif
