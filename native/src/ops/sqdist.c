/* sqdist: squared distances to points, each column weighted where weights are given. */
#ifndef REAL
#define BODY "ops/sqdist.c"
#include "../hot.h"

#include "../real.h"

const edsc_impl edsc_op_sqdist = {.run = run};
#else
#include "../pairwise.h"

static void TYPED(run)(const edsc_call *c) {
    size_t rows = edsc_rows(c, 0), k = edsc_dim(c, 0, 1), m = edsc_dim(c, 1, 0);
    const REAL *x = edsc_data(c, 0), *points = edsc_data(c, 1), *weights = edsc_has(c, 2) ? edsc_data(c, 2) : NULL;
    REAL *y = edsc_data(c, 3);
    for (size_t row = 0; row < rows; row++, x += k, y += m)
        for (size_t j = 0; j < m; j++)
            y[j] = weights ? TYPED(weighted_sqdist)(x, points + j * k, weights + j * k, k)
                           : TYPED(sqdist)(x, points + j * k, k);
}
#endif
