/* polynomial: products of the columns that each row of a table lists; -1 lists nothing. */
#ifndef REAL
#include "../internal.h"

static int check(const edsc_call *c) {
    const int32_t *index = edsc_data(c, 1);
    for (size_t i = 0; i < edsc_elements(c, 1); i++)
        if (index[i] < -1 || (index[i] >= 0 && (uint32_t)index[i] >= edsc_dim(c, 0, 1)))
            return EDSC_ERR_CONSTANT;
    return EDSC_OK;
}

#define BODY "ops/polynomial.c"
#include "../real.h"

const edsc_impl edsc_op_polynomial = {.check = check, .run = run};
#else

static void TYPED(run)(const edsc_call *c) {
    size_t rows = edsc_rows(c, 0), k = edsc_dim(c, 0, 1), m = edsc_dim(c, 1, 0), t = edsc_dim(c, 1, 1);
    const REAL *x = edsc_data(c, 0);
    REAL *y = edsc_data(c, 2);
    for (size_t row = 0; row < rows; row++, x += k, y += m) {
        const int32_t *index = edsc_data(c, 1);
        for (size_t j = 0; j < m; j++) {
            REAL product = 1;
            for (size_t i = 0; i < t; i++, index++)
                product *= *index < 0 ? 1 : x[*index];
            y[j] = product;
        }
    }
}
#endif
