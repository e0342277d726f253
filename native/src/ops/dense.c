/* dense: y = x w^T + b, clamped to [lo, hi]; NaN passes through. */
#include "../hot.h"

#include <math.h>

#include "../internal.h"
#include "../kernels.h"

#define REAL double
#define TYPED(name) name##_f64
#define FN(name) name
#include "../pairwise.h"

static void run_f32(const edsc_call *c) {
    size_t rows = edsc_rows(c, 0), k = edsc_dim(c, 0, 1), m = edsc_dim(c, 1, 0);
    const float *x = edsc_data(c, 0), *w = edsc_data(c, 1), *b = edsc_has(c, 2) ? edsc_data(c, 2) : NULL;
    float *y = edsc_data(c, 3), lo = edsc_dense_lo(edsc_params(c)), hi = edsc_dense_hi(edsc_params(c));
    edsc_dense_f32(x, rows, w, b, y, m, m, k);
    for (size_t i = 0; i < rows * m; i++)
        y[i] = y[i] < lo ? lo : y[i] > hi ? hi : y[i];
}

static void run_f64(const edsc_call *c) {
    size_t rows = edsc_rows(c, 0), k = edsc_dim(c, 0, 1), m = edsc_dim(c, 1, 0);
    const double *x = edsc_data(c, 0), *w = edsc_data(c, 1), *b = edsc_has(c, 2) ? edsc_data(c, 2) : NULL;
    double *y = edsc_data(c, 3), lo = edsc_dense_lo(edsc_params(c)), hi = edsc_dense_hi(edsc_params(c));
    for (size_t row = 0; row < rows; row++, x += k, y += m) {
        for (size_t j = 0; j < m; j++) {
            double sum = dot_f64(x, w + j * k, k) + (b ? b[j] : 0.0);
            y[j] = sum < lo ? lo : sum > hi ? hi : sum;
        }
    }
}

static void run(const edsc_call *c) {
    if (edsc_variant(c) == 0)
        run_f32(c);
    else
        run_f64(c);
}

static int check(const edsc_call *c) {
    return edsc_dense_lo(edsc_params(c)) <= edsc_dense_hi(edsc_params(c)) ? EDSC_OK : EDSC_ERR_PARAM;
}

const edsc_impl edsc_op_dense = {.check = check, .run = run};
