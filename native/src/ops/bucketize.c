/* bucketize: each value replaced by the number of its column's edges that are at most it; NaN stays NaN. */
#ifndef REAL
#include "../columns.h"

static int check(const edsc_call *c) { return edsc_check_offsets(c, 1, edsc_dim(c, 0, 1), edsc_dim(c, 2, 0)); }

#define BODY "ops/bucketize.c"
#include "../real.h"

const edsc_impl edsc_op_bucketize = {.check = check, .run = run};
#else

static void TYPED(run)(const edsc_call *c) {
    size_t rows = edsc_rows(c, 0), k = edsc_dim(c, 0, 1);
    const REAL *x = edsc_data(c, 0), *edges = edsc_data(c, 2);
    const int32_t *offsets = edsc_data(c, 1);
    REAL *y = edsc_data(c, 3);
    for (size_t row = 0; row < rows; row++, x += k, y += k)
        for (size_t j = 0; j < k; j++) {
            int32_t bucket = 0; /* counting them all has no branch to guess wrong */
            for (int32_t i = offsets[j]; i < offsets[j + 1]; i++)
                bucket += x[j] >= edges[i];
            y[j] = x[j] != x[j] ? x[j] : (REAL)bucket;
        }
}
#endif
