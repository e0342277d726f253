/* binarize: 1 where x is above its column's threshold, else 0; NaN stays NaN. */
#ifndef REAL
#define BODY "ops/binarize.c"
#include "../real.h"

const edsc_impl edsc_op_binarize = {.run = run};
#else

static void TYPED(run)(const edsc_call *c) {
    size_t rows = edsc_rows(c, 0), k = edsc_dim(c, 0, 1);
    const REAL *x = edsc_data(c, 0), *threshold = edsc_data(c, 1);
    REAL *y = edsc_data(c, 2);
    for (size_t row = 0; row < rows; row++, x += k, y += k)
        for (size_t j = 0; j < k; j++)
            y[j] = x[j] != x[j] ? x[j] : x[j] > threshold[j] ? 1 : 0;
}
#endif
