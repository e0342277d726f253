/* resample: along one axis every output is a weighted sum of a few inputs: resizing, an axis at a time. */
#ifndef REAL
#include "../hot.h"

#include "../walk.h"

static int check(const edsc_call *c) {
    unsigned rank = edsc_rank(c, 0), axis = edsc_axis(edsc_resample_axis(edsc_params(c)), rank);
    if (axis >= rank)
        return EDSC_ERR_PARAM;
    if (!edsc_same_shape(c, 0, 3, axis) || edsc_dim(c, 3, axis) != edsc_dim(c, 1, 0))
        return EDSC_ERR_SHAPE;
    const int32_t *index = edsc_data(c, 1);
    for (size_t i = 0; i < edsc_elements(c, 1); i++)
        if (index[i] < 0 || (uint32_t)index[i] >= edsc_dim(c, 0, axis))
            return EDSC_ERR_CONSTANT;
    return EDSC_OK;
}

typedef struct {
    const int32_t *index;
    size_t count, taps, inner; /* indices, of them for one output, and elements that go together */
} places;

typedef void loop(const places *at, const void *weights, const void *x, void *y);

static void each_part(const edsc_call *c, loop *part) {
    unsigned rank = edsc_rank(c, 0), axis = edsc_axis(edsc_resample_axis(edsc_params(c)), rank);
    const places at = {edsc_data(c, 1), edsc_elements(c, 1), edsc_dim(c, 1, 1), edsc_span(c, 0, axis + 1, rank)};
    size_t from = edsc_dim(c, 0, axis) * at.inner * edsc_size(c, 0),
           to = edsc_dim(c, 3, axis) * at.inner * edsc_size(c, 0);
    const uint8_t *x = edsc_data(c, 0);
    uint8_t *y = edsc_data(c, 3);
    for (size_t outer = edsc_span(c, 0, 0, axis); outer; outer--, x += from, y += to)
        part(&at, edsc_data(c, 2), x, y);
}

#define BODY "ops/resample.c"
#include "../real.h"

const edsc_impl edsc_op_resample = {.check = check, .run = run};
#else

static void TYPED(part)(const places *at, const void *weights, const void *from, void *to) {
    size_t inner = at->inner;
    const REAL *x = from;
    REAL *y = to;
    for (size_t i = 0; i < at->count; y += inner) {
        for (size_t j = 0; j < inner; j++)
            y[j] = 0;
        for (size_t end = i + at->taps; i < end; i++) {
            const REAL *line = x + (size_t)at->index[i] * inner, weight = ((const REAL *)weights)[i];
            for (size_t j = 0; j < inner; j++)
                y[j] += weight * line[j];
        }
    }
}

static void TYPED(run)(const edsc_call *c) { each_part(c, TYPED(part)); }
#endif
