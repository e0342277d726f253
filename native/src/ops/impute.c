/* impute: missing values (NaN, or a sentinel) replaced by a constant of their column. */
#ifndef REAL
#include "../columns.h"

static int check(const edsc_call *c) {
    return edsc_check_missing(edsc_impute_missing(edsc_params(c)), edsc_impute_is_nan(edsc_params(c)));
}

#define BODY "ops/impute.c"
#include "../real.h"

const edsc_impl edsc_op_impute = {.check = check, .run = run};
#else

static void TYPED(run)(const edsc_call *c) {
    size_t rows = edsc_rows(c, 0), k = edsc_dim(c, 0, 1);
    const REAL *x = edsc_data(c, 0), *fill = edsc_data(c, 1), missing = (REAL)edsc_impute_missing(edsc_params(c));
    int is_nan = edsc_impute_is_nan(edsc_params(c));
    REAL *y = edsc_data(c, 2);
    for (size_t row = 0; row < rows; row++, x += k, y += k)
        for (size_t j = 0; j < k; j++)
            y[j] = (is_nan ? x[j] != x[j] : x[j] == missing) ? fill[j] : x[j];
}
#endif
