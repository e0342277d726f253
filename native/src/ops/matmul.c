/* matmul: products of the matrices in the last two axes, those before broadcast. */
#ifndef REAL
#include "../hot.h"
#if !defined(EDSC_SMALL) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3") /* O2 leaves loops of unknown length as they are; vectors double the speed */
#endif

#include "../kernels.h"
#include "../walk.h"

static int check(const edsc_call *c) {
    unsigned a = edsc_rank(c, 0), b = edsc_rank(c, 1), y = edsc_rank(c, 2);
    if (a < 2 || b < 2 || y < 2 || !edsc_broadcasts(c, 0, 2, 2) || !edsc_broadcasts(c, 1, 2, 2))
        return EDSC_ERR_SHAPE;
    return edsc_dim(c, 0, a - 1) == edsc_dim(c, 1, b - 2) && edsc_dim(c, 0, a - 2) == edsc_dim(c, 2, y - 2) &&
                   edsc_dim(c, 1, b - 1) == edsc_dim(c, 2, y - 1)
               ? EDSC_OK
               : EDSC_ERR_SHAPE;
}

typedef struct {
    size_t n, k, m;
} sizes;

typedef void loop(const sizes *of, const void *a, const void *b, void *y);

static void each_matrix(const edsc_call *c, loop *product) {
    unsigned rank = edsc_rank(c, 2);
    const sizes of = {edsc_dim(c, 2, rank - 2), edsc_dim(c, 0, edsc_rank(c, 0) - 1), edsc_dim(c, 2, rank - 1)};
    const uint8_t *first = edsc_data(c, 0), *second = edsc_data(c, 1);
    uint8_t *y = edsc_data(c, 2);
    ptrdiff_t a[EDSC_MAX_RANK], b[EDSC_MAX_RANK];
    edsc_walk w = EDSC_WALK;
    edsc_strides(c, 0, rank, a);
    edsc_strides(c, 1, rank, b);
    for (unsigned i = 0; i + 2 < rank; i++)
        edsc_walk_axis(&w, edsc_dim(c, 2, i), a[i], b[i], 0);
    size_t bytes = of.n * of.m * edsc_size(c, 2);
    do {
        if (of.m == 1 && edsc_variant(c) == 0) /* the inner loop would be of one step */
            EDSC_KERNEL(gemv_f32)((const void *)(second + w.offset[1]), (const void *)(first + w.offset[0]), NULL,
                                  (void *)y, of.n, of.k);
        else
            product(&of, first + w.offset[0], second + w.offset[1], y);
        y += bytes;
    } while (edsc_walk_next(&w, w.rank));
}

#define BODY "ops/matmul.c"
#include "../numbers.h"

const edsc_impl edsc_op_matmul = {.check = check, .run = run};
#else

/* Row by row of both, so that the inner loop runs along memory. */
static void TYPED(product)(const sizes *of, const void *first, const void *second, void *result) {
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

static void TYPED(run)(const edsc_call *c) { each_matrix(c, TYPED(product)); }
#endif
