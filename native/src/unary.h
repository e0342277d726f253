/* unary.h: an operator of one operand, element by element: its file defines OP and UNARY(x) for float and double, with
 * UNARY_INT(x) for int32 and int64 too. SETUP, if defined, is what comes before the loop: parameters. A file that
 * compiles something of its own for each type is the BODY and includes this again. */
#ifndef REAL
#ifndef BODY
#define BODY "unary.h"
#endif
#ifdef UNARY_INT
#include "numbers.h"
#else
#include "real.h"
#endif

const edsc_impl OP = {.run = run};
#else

static void TYPED(run)(const edsc_call *c) {
    size_t count = edsc_elements(c, 0);
    const REAL *x = edsc_data(c, 0);
    REAL *y = edsc_data(c, 1);
#ifdef SETUP
    SETUP
#endif
    for (size_t i = 0; i < count; i++)
#if WHOLE
        y[i] = (REAL)(UNARY_INT(x[i]));
#else
        y[i] = UNARY(x[i]);
#endif
}
#endif
