/* avg_pool: the mean of each channel in windows over 1 to 3 spatial axes, summed up in double. */
#ifndef REAL
#include "../window.h"

static int check(const edsc_call *c) { return edsc_avg_pool_check(c); }

#define BODY "ops/avg_pool.c"
#include "../real.h"

const edsc_impl edsc_op_avg_pool = {.check = check, .run = run};
#else

static void TYPED(add)(const edsc_call *c, void *sums, const void *values, size_t n, int first) {
    const REAL *x = values;
    double *sum = sums;
    (void)c;
    for (size_t i = 0; i < n; i++)
        sum[i] = first ? x[i] : sum[i] + x[i];
}

static void TYPED(end)(const edsc_call *c, const void *sums, void *values, size_t n, uint32_t count) {
    const double *sum = sums;
    REAL *y = values;
    (void)c;
    for (size_t i = 0; i < n; i++)
        y[i] = (REAL)(sum[i] / count);
}

static void TYPED(run)(const edsc_call *c) { edsc_avg_pool(c, TYPED(add), TYPED(end)); }
#endif
