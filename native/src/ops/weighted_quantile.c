/* weighted_quantile: the value of a row up to which a share of the columns' weights lies. Kernels have no scratch to
 * sort in, so each next value is searched for: k^2 steps, which nothing beats for the tens of trees it serves. */
#ifndef REAL
#include "../internal.h"

static int check(const edsc_call *c) {
    double level = edsc_weighted_quantile_level(edsc_params(c)), total = 0;
    const double *weights = edsc_data(c, 1);
    size_t k = edsc_elements(c, 1), negative = 0;
    if (!(level >= 0 && level <= 1))
        return EDSC_ERR_PARAM;
    for (size_t j = 0; j < k; j++) {
        negative += !(weights[j] >= 0);
        total += weights[j];
    }
    return negative || !(total > 0 && total - total == 0) ? EDSC_ERR_CONSTANT : EDSC_OK;
}

#define BODY "ops/weighted_quantile.c"
#include "../real.h"

const edsc_impl edsc_op_weighted_quantile = {.check = check, .run = run};
#else

/* Whether column a comes before column b; NaN after all numbers. */
static int TYPED(before)(const REAL *x, size_t a, size_t b) {
    if (x[a] < x[b] || x[b] < x[a])
        return x[a] < x[b];
    int a_is_nan = x[a] != x[a], b_is_nan = x[b] != x[b];
    return a_is_nan == b_is_nan ? a < b : b_is_nan;
}

/* The column after `last` in order; the first one if last is k. There is one. */
static size_t TYPED(next)(const REAL *x, size_t k, size_t last) {
    size_t best = k;
    for (size_t j = 0; j < k; j++)
        if ((last == k || TYPED(before)(x, last, j)) && (best == k || TYPED(before)(x, j, best)))
            best = j;
    return best;
}

/* The sum over all weights, in order, as the search adds them: a tie must meet the same bits. */
static REAL TYPED(quantile)(const REAL *x, const double *weights, size_t k, double level) {
    double total = 0, sum = 0;
    size_t at = k;
    for (size_t count = 0; count < k; count++) {
        at = TYPED(next)(x, k, at);
        total += weights[at];
    }
    at = k;
    do {
        at = TYPED(next)(x, k, at);
        sum += weights[at];
    } while (!(sum >= level * total));
    return x[at];
}

static void TYPED(run)(const edsc_call *c) {
    size_t rows = edsc_rows(c, 0), k = edsc_dim(c, 0, 1);
    const REAL *x = edsc_data(c, 0);
    const double *weights = edsc_data(c, 1);
    REAL *y = edsc_data(c, 2);
    double level = edsc_weighted_quantile_level(edsc_params(c));
    for (size_t row = 0; row < rows; row++, x += k)
        y[row] = TYPED(quantile)(x, weights, k, level);
}
#endif
