/* matmul: products of the matrices in the last two axes, those before broadcast. */
#ifndef REAL
#include "../hot.h"
#if !defined(EDSC_SMALL) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3") /* O2 leaves loops of unknown length as they are; vectors double the speed */
#endif

#include "../kernels.h"
#include "../matrices.h"

/* The inner loop of a product with one column would be of one step. */
static void column_f32(const edsc_matrices *of, const void *a, const void *b, void *y) {
    edsc_dense_f32(b, 1, a, NULL, y, of->n, of->n, of->k);
}

#define BODY "ops/matmul.c"
#include "../numbers.h"

const edsc_impl edsc_op_matmul = {.check = edsc_matrices_check, .run = run};
#else

/* Row by row of both, so that the inner loop runs along memory. */
static void TYPED(product)(const edsc_matrices *of, const void *first, const void *second, void *result) {
    const REAL *a = first;
    REAL *y = result;
    for (size_t i = 0; i < of->n; i++, y += of->m) {
        const REAL *b = second;
        for (size_t j = 0; j < of->m; j++)
            y[j] = 0;
        for (size_t p = 0; p < of->k; p++, b += of->m) {
            const REAL factor = *a++;
            for (size_t j = 0; j < of->m; j++)
                y[j] = (REAL)(WRAP(y[j]) + WRAP(factor) * WRAP(b[j]));
        }
    }
}

static void TYPED(run)(const edsc_call *c) {
    if (sizeof(REAL) == sizeof(float) && !WHOLE && edsc_dim(c, 2, edsc_rank(c, 2) - 1) == 1)
        edsc_matrices_run(c, column_f32);
    else
        edsc_matrices_run(c, TYPED(product));
}
#endif
