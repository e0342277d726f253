/* softmax over the last axis: e^x divided by its sum. The maximum is subtracted first, so that nothing overflows; a row
 * without a finite maximum becomes NaN. */
#ifndef REAL
#include "../internal.h"

static int check(const edsc_call *c) { return edsc_rank(c, 0) ? EDSC_OK : EDSC_ERR_SHAPE; }

#define BODY "ops/softmax.c"
#include "../real.h"

const edsc_impl edsc_op_softmax = {.check = check, .run = run};
#else

static void TYPED(run)(const edsc_call *c) {
    size_t k = edsc_dim(c, 0, edsc_rank(c, 0) - 1);
    const REAL *x = edsc_data(c, 0), *end = x + edsc_elements(c, 0);
    for (REAL *y = edsc_data(c, 1); x < end; x += k, y += k) {
        REAL largest = x[0], sum = 0; /* a NaN that the maximum misses gets into the sum */
        for (size_t i = 1; i < k; i++)
            largest = x[i] > largest ? x[i] : largest;
        for (size_t i = 0; i < k; i++)
            sum += y[i] = FN(exp)(x[i] - largest);
        for (size_t i = 0; i < k; i++)
            y[i] /= sum;
    }
}
#endif
