/* convolution.c: shapes of a convolution, and those in real numbers. */
#include "hot.h"

#include "convolution.h"

#include "kernels.h"

/* Whether every pixel of y sees the pixel of x in its own place. */
static int is_pixelwise(const edsc_convolution *v) {
    for (const edsc_axis *a = v->axis; a < v->axis + 3; a++)
        if (a->kernel != 1 || a->pad || a->size != a->out || (a->stride != 1 && a->size != 1))
            return 0;
    return 1;
}

int edsc_convolution_shapes(const edsc_call *c, int transposed, int32_t groups, unsigned y, edsc_convolution *v) {
    unsigned rank = edsc_rank(c, 0);
    int32_t kernel[3] = {1, 1, 1};
    memset(v, 0, sizeof *v);
    if (groups < 1)
        return EDSC_ERR_PARAM;
    if (rank < 3 || rank > 5 || edsc_rank(c, 1) != rank || edsc_rank(c, y) != rank)
        return EDSC_ERR_SHAPE;
    v->n = edsc_dim(c, 0, 0);
    v->c = edsc_dim(c, 0, rank - 1);
    v->o = edsc_dim(c, 1, 0);
    v->groups = (size_t)groups;
    v->group_c = edsc_dim(c, 1, rank - 1);
    if (v->o != edsc_dim(c, y, rank - 1) || v->c % v->groups || v->group_c != v->c / v->groups || v->o % v->groups ||
        (edsc_has(c, 2) && edsc_dim(c, 2, 0) != v->o))
        return EDSC_ERR_SHAPE;
    v->taps = v->group_c;
    for (unsigned i = 1; i + 1 < rank; i++) {
        kernel[4 - rank + i] = (int32_t)edsc_dim(c, 1, i);
        v->taps *= edsc_dim(c, 1, i);
    }
    v->transposed = transposed;
    int status = transposed ? edsc_window(c, y, 0, kernel, v->axis) : edsc_window(c, 0, y, kernel, v->axis);
    v->pixels = 1;
    for (unsigned i = 0; i < 3 && !status; i++) {
        v->sizes[i] = (size_t)(transposed ? v->axis[i].out : v->axis[i].size);
        v->outs[i] = transposed ? v->axis[i].size : v->axis[i].out;
        v->pixels *= (size_t)v->outs[i];
    }
    if (!transposed && !status && is_pixelwise(v)) { /* one line, that a tile need not end in */
        v->axis[0] = v->axis[1] = (edsc_axis){1, 1, 1, 1, 1, 0};
        v->axis[2] = (edsc_axis){(int32_t)v->pixels, (int32_t)v->pixels, 1, 1, 1, 0};
        v->sizes[0] = v->sizes[1] = 1;
        v->outs[0] = v->outs[1] = 1;
        v->sizes[2] = v->pixels;
        v->outs[2] = (int32_t)v->pixels;
    }
    return status;
}

#define WEIGHT VALUE
#define SUM VALUE
#define FINISH(v, sums, j, n, y) TYPED(clamp)(v, sums, n, y)

#define VALUE float
#define TYPED(name) name##_f32
#define TILE EDSC_KERNEL(dot_tile_f32)
#define DEPTHWISE EDSC_KERNEL(depthwise_f32)
#define READY edsc_depthwise_ready_f32
static void clamp_f32(const edsc_convolution *v, const float *sums, size_t n, float *y) {
    float lo = (float)v->real_lo, hi = (float)v->real_hi;
    for (size_t i = 0; i < n; i++)
        y[i] = sums[i] < lo ? lo : sums[i] > hi ? hi : sums[i];
}
#include "depthwise.h"

#include "convolve.h"
#undef VALUE
#undef TYPED
#undef TILE
#undef DEPTHWISE

#define VALUE double
#define TYPED(name) name##_f64
#define TILE dot_tile_f64
static void clamp_f64(const edsc_convolution *v, const double *sums, size_t n, double *y) {
    for (size_t i = 0; i < n; i++)
        y[i] = sums[i] < v->real_lo ? v->real_lo : sums[i] > v->real_hi ? v->real_hi : sums[i];
}
static void dot_tile_f64(const double *const *x, size_t pixels, const double *w, size_t stride, double *sums,
                         size_t step, size_t m, size_t k) {
    for (; pixels; pixels--, x++, sums += step)
        for (size_t j = 0; j < m; j++)
            for (size_t i = 0; i < k; i++)
                sums[j] += (*x)[i] * w[j * stride + i];
}
#include "convolve.h"

/* The operators' parameters are the same ones in the same order. */
static int shapes(const edsc_call *c, int transposed, edsc_convolution *v) {
    return edsc_convolution_shapes(c, transposed, edsc_conv_groups(edsc_params(c)), 3, v);
}

int edsc_conv_check(const edsc_call *c, int transposed) {
    edsc_convolution v;
    if (!(edsc_conv_lo(edsc_params(c)) <= edsc_conv_hi(edsc_params(c))))
        return EDSC_ERR_PARAM;
    return shapes(c, transposed, &v);
}

void edsc_conv_run(const edsc_call *c, int transposed) {
    edsc_convolution v;
    (void)shapes(c, transposed, &v);
    v.x = edsc_data(c, 0);
    v.w = edsc_data(c, 1);
    v.b = edsc_has(c, 2) ? edsc_data(c, 2) : NULL;
    v.y = edsc_data(c, 3);
    v.real_lo = edsc_conv_lo(edsc_params(c));
    v.real_hi = edsc_conv_hi(edsc_params(c));
#ifdef EDSC_HAS_PACKED
    if (edsc_variant(c) == 0 && edsc_convolve_packed(&v, EDSC_KERNEL(packed_f32)))
        return;
#endif
    if (edsc_variant(c) == 0)
        run_f32(&v);
    else
        run_f64(&v);
}
