/* knn: the k nearest of r reference points, and the mean of their values or the shares of their classes. A sorted list
 * of k entries on the stack: most points fail the first comparison, so nothing cleverer pays for k up to 64. */
#ifndef REAL
#include "../internal.h"

#define MAX_NEIGHBOURS 64

enum { MANHATTAN = 1, EUCLIDEAN = 2 };

#define BODY "ops/knn.c"
#include "../real.h"

static int check(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    uint32_t r = edsc_dim(c, 1, 0), v = edsc_dim(c, 2, 1);
    int32_t k = edsc_knn_k(p), weights = edsc_knn_weights(p), metric = edsc_knn_metric(p),
            classes = edsc_knn_classes(p);
    if (k < 1 || k > MAX_NEIGHBOURS || (uint32_t)k > r || (weights != 0 && weights != 1) || classes < 0 ||
        (metric != MANHATTAN && metric != EUCLIDEAN))
        return EDSC_ERR_PARAM;
    if (edsc_dim(c, 3, 1) != (classes ? (uint32_t)classes : v) || (classes && v != 1))
        return EDSC_ERR_SHAPE;
    return edsc_variant(c) == 0 ? check_f32(c) : check_f64(c);
}

const edsc_impl edsc_op_knn = {.check = check, .run = run};
#else
#include "../pairwise.h"

/* Points are finite, so that a distance is NaN for all of them or for none; class indices are indices. */
static int TYPED(check)(const edsc_call *c) {
    const REAL *points = edsc_data(c, 1), *values = edsc_data(c, 2);
    int32_t classes = edsc_knn_classes(edsc_params(c));
    size_t finite = 0, n_points = edsc_elements(c, 1), n_values = edsc_elements(c, 2);
    for (size_t i = 0; i < n_points; i++)
        finite += points[i] * 0 == 0;
    if (finite != n_points)
        return EDSC_ERR_CONSTANT;
    for (size_t i = 0; classes && i < n_values; i++)
        if (!(values[i] >= 0 && values[i] < (REAL)classes && values[i] == FN(floor)(values[i])))
            return EDSC_ERR_CONSTANT;
    return EDSC_OK;
}

/* Distances to nearest points and their indices, nearest first, of equals the earlier. */
static void TYPED(select)(const edsc_call *c, const REAL *x, REAL *near, uint32_t *index, uint32_t k) {
    uint32_t r = edsc_dim(c, 1, 0), width = edsc_dim(c, 1, 1), found = 0;
    const REAL *point = edsc_data(c, 1);
    int32_t metric = edsc_knn_metric(edsc_params(c));
    for (uint32_t i = 0; i < r; i++, point += width) {
        REAL distance = metric == EUCLIDEAN ? TYPED(sqdist)(x, point, width) : TYPED(manhattan)(x, point, width);
        if (found == k && !(distance < near[k - 1]))
            continue;
        uint32_t at = found < k ? found++ : k - 1;
        for (; at > 0 && distance < near[at - 1]; at--) {
            near[at] = near[at - 1];
            index[at] = index[at - 1];
        }
        near[at] = distance;
        index[at] = i;
    }
}

/* The distances, replaced by the weights; returns their sum. */
static REAL TYPED(weigh)(const edsc_call *c, REAL *near, uint32_t k) {
    const uint8_t *p = edsc_params(c);
    REAL sum = 0;
    int any_infinite = 0;
    for (uint32_t i = 0; i < k; i++) {
        if (!edsc_knn_weights(p))
            near[i] = near[i] == near[i] ? 1 : near[i];
        else
            near[i] = 1 / (edsc_knn_metric(p) == EUCLIDEAN ? FN(sqrt)(near[i]) : near[i]);
        any_infinite |= isinf(near[i]) != 0;
    }
    for (uint32_t i = 0; i < k; i++) {
        if (any_infinite)
            near[i] = (REAL)(isinf(near[i]) != 0);
        sum += near[i];
    }
    return sum;
}

static void TYPED(run)(const edsc_call *c) {
    size_t rows = edsc_rows(c, 0), width = edsc_dim(c, 0, 1), v = edsc_dim(c, 2, 1), m = edsc_dim(c, 3, 1);
    uint32_t k = (uint32_t)edsc_knn_k(edsc_params(c)), index[MAX_NEIGHBOURS];
    const REAL *x = edsc_data(c, 0), *values = edsc_data(c, 2);
    int vote = edsc_knn_classes(edsc_params(c)) != 0;
    REAL *y = edsc_data(c, 3), near[MAX_NEIGHBOURS];
    for (size_t row = 0; row < rows; row++, x += width, y += m) {
        TYPED(select)(c, x, near, index, k);
        REAL sum = TYPED(weigh)(c, near, k);
        for (size_t j = 0; j < m; j++)
            y[j] = 0;
        for (uint32_t i = 0; i < k; i++) {
            const REAL *value = values + index[i] * v;
            if (vote)
                y[(size_t)*value] += near[i];
            for (size_t j = 0; !vote && j < m; j++)
                y[j] += near[i] * value[j];
        }
        for (size_t j = 0; j < m; j++)
            y[j] /= sum;
    }
}
#endif
