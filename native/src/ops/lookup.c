/* lookup: each value replaced by the value its column's table has for it (the first of equal keys, NaN equal to NaN),
 * else by the column's default; NaN without a key by the column's `missing` where that is given. */
#ifndef REAL
#include "../columns.h"

static int check(const edsc_call *c) { return edsc_check_offsets(c, 1, edsc_dim(c, 0, 1), edsc_dim(c, 2, 0)); }

#define BODY "ops/lookup.c"
#include "../real.h"

const edsc_impl edsc_op_lookup = {.check = check, .run = run};
#else

static void TYPED(run)(const edsc_call *c) {
    size_t rows = edsc_rows(c, 0), k = edsc_dim(c, 0, 1);
    const REAL *x = edsc_data(c, 0), *keys = edsc_data(c, 2), *values = edsc_data(c, 3), *otherwise = edsc_data(c, 4);
    const REAL *missing = edsc_has(c, 5) ? edsc_data(c, 5) : otherwise;
    const int32_t *offsets = edsc_data(c, 1);
    REAL *y = edsc_data(c, 6);
    for (size_t row = 0; row < rows; row++, x += k, y += k)
        for (size_t j = 0; j < k; j++) {
            REAL value = x[j];
            int32_t i = offsets[j], end = offsets[j + 1];
            while (i < end && !EDSC_SAME_CATEGORY(value, keys[i]))
                i++;
            y[j] = i < end ? values[i] : value == value ? otherwise[j] : missing[j];
        }
}
#endif
