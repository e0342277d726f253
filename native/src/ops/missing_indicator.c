/* missing_indicator: 1 where a value is missing (NaN, or a sentinel), else 0. */
#ifndef REAL
#include "../columns.h"

static int check(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    return edsc_check_missing(edsc_missing_indicator_missing(p), edsc_missing_indicator_is_nan(p));
}

#define BODY "ops/missing_indicator.c"
#include "../real.h"

const edsc_impl edsc_op_missing_indicator = {.check = check, .run = run};
#else

static void TYPED(run)(const edsc_call *c) {
    size_t count = edsc_elements(c, 0);
    const REAL *x = edsc_data(c, 0), missing = (REAL)edsc_missing_indicator_missing(edsc_params(c));
    int is_nan = edsc_missing_indicator_is_nan(edsc_params(c));
    REAL *y = edsc_data(c, 1);
    for (size_t i = 0; i < count; i++)
        y[i] = (is_nan ? x[i] != x[i] : x[i] == missing) ? 1 : 0;
}
#endif
