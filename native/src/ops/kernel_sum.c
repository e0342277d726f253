/* kernel_sum: y = coef K(x, sv) + b, the decision values of kernel machines. Support vectors are added in their order
 * and b last, as libsvm sums them. */
#ifndef REAL
#include "../hot.h"

#include "../internal.h"

enum { LINEAR, RBF, POLY, SIGMOID };

static int check(const edsc_call *c) {
    int32_t kernel = edsc_kernel_sum_kernel(edsc_params(c));
    return kernel >= LINEAR && kernel <= SIGMOID && edsc_kernel_sum_degree(edsc_params(c)) >= 0 ? EDSC_OK
                                                                                                : EDSC_ERR_PARAM;
}

#define BODY "ops/kernel_sum.c"
#define KEPT REAL
#include "../real.h"
#undef KEPT

/* Vectors and coefficients in float, everything else in double. */
#define KEPT float
#define REAL double
#define TYPED(name) name##_kept_f32
#define FN(name) name
#include "kernel_sum.c"

static void run_variant(const edsc_call *c) {
    if (edsc_variant(c) == 2)
        run_kept_f32(c);
    else
        run(c);
}

const edsc_impl edsc_op_kernel_sum = {.check = check, .run = run_variant};
#else
#include "../pairwise.h"

/* By repeated squaring. */
static REAL TYPED(to_power)(REAL base, int32_t exponent) {
    REAL result = 1;
    for (; exponent; exponent >>= 1, base *= base)
        if (exponent & 1)
            result *= base;
    return result;
}

static void TYPED(run)(const edsc_call *c) {
    size_t rows = edsc_rows(c, 0), k = edsc_dim(c, 0, 1), s = edsc_dim(c, 1, 0), m = edsc_dim(c, 2, 0);
    const REAL *x = edsc_data(c, 0), *b = edsc_data(c, 3);
    const KEPT *vectors = edsc_data(c, 1), *coef = edsc_data(c, 2);
    const uint8_t *p = edsc_params(c);
    const REAL gamma = (REAL)edsc_kernel_sum_gamma(p), coef0 = (REAL)edsc_kernel_sum_coef0(p);
    int32_t kernel = edsc_kernel_sum_kernel(p), degree = edsc_kernel_sum_degree(p);
    REAL *y = edsc_data(c, 4);
    for (size_t row = 0; row < rows; row++, x += k, y += m) {
        for (size_t j = 0; j < m; j++)
            y[j] = 0;
        for (size_t i = 0; i < s; i++) {
            const KEPT *vector = vectors + i * k;
            REAL value = kernel == RBF ? FN(exp)(-gamma * TYPED(sqdist)(x, vector, k)) : TYPED(dot)(x, vector, k);
            if (kernel == POLY)
                value = TYPED(to_power)(gamma * value + coef0, degree);
            else if (kernel == SIGMOID)
                value = FN(tanh)(gamma * value + coef0);
            for (size_t j = 0; j < m; j++)
                y[j] += coef[j * s + i] * value;
        }
        for (size_t j = 0; j < m; j++)
            y[j] += b[j];
    }
}
#endif
