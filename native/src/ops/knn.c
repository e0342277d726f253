/* knn: the k nearest of r reference points, and the mean of their values or the shares of their classes. A heap of k
 * entries on the stack, the farthest on top; which of equals it keeps, and the order of every sum, are part of the
 * operator (see knn.py). */
#ifndef REAL
#include "../internal.h"

#define MAX_NEIGHBOURS 64
#define MAX_NODES 0x10000u
#define MAX_WAITING 16 /* one node a level */
#define STRIDE 8       /* columns summed between two looks at whether it is enough */

enum { MANHATTAN = 1, EUCLIDEAN = 2, BOXES = 1, BALLS = 2 };

#define BODY "ops/knn.c"
#include "../real.h"

static int check(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    uint32_t r = edsc_dim(c, 1, 0), width = edsc_dim(c, 1, 1), v = edsc_dim(c, 2, 1);
    int32_t k = edsc_knn_k(p), weights = edsc_knn_weights(p), metric = edsc_knn_metric(p),
            classes = edsc_knn_classes(p), tree = edsc_knn_tree(p);
    if (k < 1 || k > MAX_NEIGHBOURS || (uint32_t)k > r || (weights != 0 && weights != 1) || classes < 0 ||
        (metric != MANHATTAN && metric != EUCLIDEAN))
        return EDSC_ERR_PARAM;
    if (tree < 0 || tree > BALLS || (tree != 0) != edsc_has(c, 3))
        return EDSC_ERR_PARAM;
    if (edsc_dim(c, 4, 1) != (classes ? (uint32_t)classes : v) || (classes && v != 1))
        return EDSC_ERR_SHAPE;
    if (tree) {
        uint32_t count = edsc_dim(c, 3, 0);
        if (edsc_dim(c, 3, 1) != (tree == BOXES ? 2 * width : width + 1) || count >= MAX_NODES || !count ||
            (count & (count + 1)))
            return EDSC_ERR_SHAPE;
    }
    return edsc_variant(c) == 0 ? check_f32(c) : check_f64(c);
}

const edsc_impl edsc_op_knn = {.check = check, .run = run};
#else

static int TYPED(is_finite)(const edsc_call *c, unsigned operand) {
    const REAL *values = edsc_data(c, operand);
    size_t count = edsc_elements(c, operand), finite = 0;
    for (size_t i = 0; i < count; i++)
        finite += values[i] * 0 == 0;
    return finite == count;
}

/* Points are finite, so that a distance is NaN for all of them or for none; class indices are indices. */
static int TYPED(check)(const edsc_call *c) {
    const REAL *values = edsc_data(c, 2);
    int32_t classes = edsc_knn_classes(edsc_params(c));
    size_t n_values = edsc_elements(c, 2);
    if (!TYPED(is_finite)(c, 1) || (edsc_has(c, 3) && !TYPED(is_finite)(c, 3)))
        return EDSC_ERR_CONSTANT;
    for (size_t i = 0; classes && i < n_values; i++)
        if (!(values[i] >= 0 && values[i] < (REAL)classes && values[i] == FN(floor)(values[i])))
            return EDSC_ERR_CONSTANT;
    return EDSC_OK;
}

/* What is being searched for: k neighbours of x, found so far, in a heap. */
typedef struct TYPED(search) {
    const REAL *x, *points, *nodes;
    uint32_t width, k, index[MAX_NEIGHBOURS];
    int32_t metric, tree;
    REAL near[MAX_NEIGHBOURS];
} TYPED(search);

/* The distance, or a part of it that is `enough`: no sum of squares gets smaller, rounded or not. */
static REAL TYPED(distance)(const TYPED(search) * s, const REAL *point, REAL enough) {
    REAL sum = 0;
    for (uint32_t i = 0; i < s->width && !(sum >= enough);) {
        uint32_t end = s->width - i > STRIDE ? i + STRIDE : s->width;
        for (; i < end; i++) {
            REAL gap = s->x[i] - point[i];
            sum += s->metric == EUCLIDEAN ? gap * gap : FN(fabs)(gap);
        }
    }
    return sum;
}

/* Below the distance of every point in the node. */
static REAL TYPED(bound)(const TYPED(search) * s, uint32_t node) {
    REAL sum = 0;
    if (s->tree == BALLS) {
        const REAL *centre = s->nodes + (size_t)node * (s->width + 1);
        sum = TYPED(distance)(s, centre, INFINITY);
        sum = (s->metric == EUCLIDEAN ? FN(sqrt)(sum) : sum) - centre[s->width];
        sum = sum > 0 ? sum : 0;
        return s->metric == EUCLIDEAN ? sum * sum : sum;
    }
    const REAL *low = s->nodes + (size_t)node * s->width * 2, *high = low + s->width;
    for (uint32_t i = 0; i < s->width; i++) {
        REAL below = low[i] - s->x[i], above = s->x[i] - high[i],
             gap = (below > 0 ? below : 0) + (above > 0 ? above : 0);
        sum += s->metric == EUCLIDEAN ? gap * gap : gap;
    }
    return sum;
}

/* In place of the farthest, unless it is as far itself. */
static void TYPED(push)(TYPED(search) * s, REAL distance, uint32_t point) {
    uint32_t at = 0;
    if (distance >= s->near[0])
        return;
    for (uint32_t child; (child = 2 * at + 1) < s->k; at = child) {
        if (child + 1 < s->k && s->near[child + 1] > s->near[child])
            child++;
        if (!(distance < s->near[child]))
            break;
        s->near[at] = s->near[child];
        s->index[at] = s->index[child];
    }
    s->near[at] = distance;
    s->index[at] = point;
}

/* Sums are made nearest first. */
static void TYPED(sort)(TYPED(search) * s) {
    for (uint32_t i = 1; i < s->k; i++) {
        REAL distance = s->near[i];
        uint32_t point = s->index[i], at = i;
        for (; at > 0 && distance < s->near[at - 1]; at--) {
            s->near[at] = s->near[at - 1];
            s->index[at] = s->index[at - 1];
        }
        s->near[at] = distance;
        s->index[at] = point;
    }
}

typedef struct TYPED(span) {
    REAL bound;
    uint32_t node, from, to;
} TYPED(span);

/* Fills the heap from the r points; without a tree, all of them are in the root. */
static void TYPED(find)(TYPED(search) * s, uint32_t r, uint32_t n_nodes) {
    TYPED(span) waiting[MAX_WAITING] = {{.to = r}};
    for (uint32_t i = 0; i < s->k; i++) {
        s->near[i] = INFINITY;
        s->index[i] = i;
    }
    for (uint32_t count = 1; count;) {
        TYPED(span) here = waiting[--count];
        uint32_t left = 2 * here.node + 1, middle = here.from + (here.to - here.from) / 2;
        if (here.bound > s->near[0])
            continue;
        if (left < n_nodes) {
            TYPED(span) a = {TYPED(bound)(s, left), left, here.from, middle};
            TYPED(span) b = {TYPED(bound)(s, left + 1), left + 1, middle, here.to};
            waiting[count++] = a.bound <= b.bound ? b : a;
            waiting[count++] = a.bound <= b.bound ? a : b;
            continue;
        }
        for (uint32_t i = here.from; i < here.to; i++)
            TYPED(push)(s, TYPED(distance)(s, s->points + (size_t)i * s->width, s->near[0]), i);
    }
    TYPED(sort)(s);
}

/* The distances, replaced by the weights; returns their sum. */
static REAL TYPED(weigh)(TYPED(search) * s, int by_distance) {
    REAL sum = 0, *near = s->near;
    int any_infinite = 0;
    for (uint32_t i = 0; i < s->k; i++) {
        if (!by_distance)
            near[i] = near[i] == near[i] ? 1 : near[i];
        else
            near[i] = 1 / (s->metric == EUCLIDEAN ? FN(sqrt)(near[i]) : near[i]);
        any_infinite |= isinf(near[i]) != 0;
    }
    for (uint32_t i = 0; i < s->k; i++) {
        if (any_infinite)
            near[i] = (REAL)(isinf(near[i]) != 0);
        sum += near[i];
    }
    return sum;
}

static void TYPED(run)(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    size_t rows = edsc_rows(c, 0), v = edsc_dim(c, 2, 1), m = edsc_dim(c, 4, 1);
    uint32_t r = edsc_dim(c, 1, 0), n_nodes = edsc_has(c, 3) ? edsc_dim(c, 3, 0) : 0;
    TYPED(search)
    s = {.x = edsc_data(c, 0),
         .points = edsc_data(c, 1),
         .nodes = n_nodes ? edsc_data(c, 3) : NULL,
         .width = edsc_dim(c, 0, 1),
         .k = (uint32_t)edsc_knn_k(p),
         .metric = edsc_knn_metric(p),
         .tree = edsc_knn_tree(p)};
    const REAL *values = edsc_data(c, 2);
    REAL *y = edsc_data(c, 4);
    for (size_t row = 0; row < rows; row++, s.x += s.width, y += m) {
        TYPED(find)(&s, r, n_nodes);
        REAL sum = TYPED(weigh)(&s, edsc_knn_weights(p));
        for (size_t j = 0; j < m; j++)
            y[j] = 0;
        for (uint32_t i = 0; i < s.k; i++) {
            const REAL *value = values + s.index[i] * v;
            if (edsc_knn_classes(p))
                y[(size_t)*value] += s.near[i];
            else
                for (size_t j = 0; j < m; j++)
                    y[j] += s.near[i] * value[j];
        }
        for (size_t j = 0; j < m; j++)
            y[j] /= sum;
    }
}
#endif
