/* matrices.c: see matrices.h. */
#include "matrices.h"

#include "walk.h"

int edsc_matrices_check(const edsc_call *c) {
    unsigned a = edsc_rank(c, 0), b = edsc_rank(c, 1), y = edsc_rank(c, 2);
    if (a < 2 || b < 2 || y < 2 || !edsc_broadcasts(c, 0, 2, 2) || !edsc_broadcasts(c, 1, 2, 2))
        return EDSC_ERR_SHAPE;
    return edsc_dim(c, 0, a - 1) == edsc_dim(c, 1, b - 2) && edsc_dim(c, 0, a - 2) == edsc_dim(c, 2, y - 2) &&
                   edsc_dim(c, 1, b - 1) == edsc_dim(c, 2, y - 1)
               ? EDSC_OK
               : EDSC_ERR_SHAPE;
}

void edsc_matrices_run(const edsc_call *c, edsc_product *product) {
    unsigned rank = edsc_rank(c, 2);
    const edsc_matrices of = {edsc_dim(c, 2, rank - 2), edsc_dim(c, 0, edsc_rank(c, 0) - 1), edsc_dim(c, 2, rank - 1),
                              c};
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
        product(&of, first + w.offset[0], second + w.offset[1], y);
        y += bytes;
    } while (edsc_walk_next(&w, w.rank));
}
