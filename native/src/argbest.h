/* argbest.h: the column of the value that beats all others of its row: the operator's file defines OP and BEATS, a
 * comparison. The first of equals; the first NaN before any number. */
#ifndef REAL
#define IS_NAN(x) ((x) != (x))
#define NARROW
#define BODY "argbest.h"
#include "real.h"

const edsc_impl OP = {.run = run};
#else

static void TYPED(run)(const edsc_call *c) {
    size_t rows = edsc_rows(c, 0), k = edsc_dim(c, 0, 1);
    const REAL *x = edsc_data(c, 0);
    int32_t *y = edsc_data(c, 1);
    for (size_t row = 0; row < rows; row++, x += k) {
        size_t best = 0;
        for (size_t i = 1; i < k && !IS_NAN(x[best]); i++)
            if (x[i] BEATS x[best] || IS_NAN(x[i]))
                best = i;
        y[row] = (int32_t)best;
    }
}
#endif
