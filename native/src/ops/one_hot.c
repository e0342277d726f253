/* one_hot: for each column of x an output column a listed value: 1 where they are equal, else 0. NaN equals NaN. */
#ifndef REAL
#include "../columns.h"

static int check(const edsc_call *c) { return edsc_check_offsets(c, 1, edsc_dim(c, 0, 1), edsc_dim(c, 2, 0)); }

#define BODY "ops/one_hot.c"
#include "../real.h"

const edsc_impl edsc_op_one_hot = {.check = check, .run = run};
#else

static void TYPED(run)(const edsc_call *c) {
    size_t rows = edsc_rows(c, 0), k = edsc_dim(c, 0, 1), m = edsc_dim(c, 2, 0);
    const REAL *x = edsc_data(c, 0), *values = edsc_data(c, 2);
    const int32_t *offsets = edsc_data(c, 1);
    REAL *y = edsc_data(c, 3);
    for (size_t row = 0; row < rows; row++, x += k, y += m)
        for (size_t j = 0; j < k; j++)
            for (int32_t i = offsets[j]; i < offsets[j + 1]; i++)
                y[i] = EDSC_SAME_CATEGORY(x[j], values[i]) ? 1 : 0;
}
#endif
