/* normalizer: each row divided by its norm (0 largest absolute value, 1 sum of absolute values, 2 Euclidean, 3 largest
 * value with its sign); rows whose norm is at most `tiny` stay as they are. */
#ifndef REAL
#include "../internal.h"

static int check(const edsc_call *c) {
    int32_t norm = edsc_normalizer_norm(edsc_params(c));
    return norm >= 0 && norm <= 3 && edsc_normalizer_tiny(edsc_params(c)) >= 0 ? EDSC_OK : EDSC_ERR_PARAM;
}

#define BODY "ops/normalizer.c"
#include "../real.h"

const edsc_impl edsc_op_normalizer = {.check = check, .run = run};
#else

static REAL TYPED(norm_of)(const REAL *x, size_t k, int32_t norm) {
    REAL sum = 0, largest = norm == 0 ? FN(fabs)(x[0]) : x[0];
    for (size_t i = 0; i < k; i++) {
        REAL value = norm == 3 ? x[i] : FN(fabs)(x[i]);
        sum += norm == 2 ? x[i] * x[i] : value;
        if (value > largest || value != value)
            largest = value;
    }
    return norm == 1 ? sum : norm == 2 ? FN(sqrt)(sum) : largest;
}

static void TYPED(run)(const edsc_call *c) {
    size_t rows = edsc_rows(c, 0), k = edsc_dim(c, 0, 1);
    const REAL *x = edsc_data(c, 0), tiny = (REAL)edsc_normalizer_tiny(edsc_params(c));
    int32_t norm = edsc_normalizer_norm(edsc_params(c));
    REAL *y = edsc_data(c, 1);
    for (size_t row = 0; row < rows; row++, x += k, y += k) {
        REAL size = TYPED(norm_of)(x, k, norm);
        if (FN(fabs)(size) <= tiny)
            size = 1;
        for (size_t i = 0; i < k; i++)
            y[i] = x[i] / size;
    }
}
#endif
