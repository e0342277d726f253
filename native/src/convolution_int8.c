/* convolution_int8.c: convolutions of int8 and int16 with int8 weights. Sums are exact: of int8 in int32, of int16 in
 * int64. */
#include "hot.h"

#include "convolution.h"

#include "fixed.h"
#include "hybrid.h"
#include "kernels.h"
#include "values.h"

enum { MOST = 255 }; /* products of int16 and int8 whose sum is within int32 */

/* The zero point of the weights is the same for all outputs, so that it takes the sum of x only. */
static int32_t off_zero(const edsc_convolution *v, int32_t total, size_t k) {
    return v->w_zero * (total - v->x_zero * (int32_t)k);
}

static void tile_i8(const edsc_convolution *v, const int8_t *const *x, size_t pixels, const int8_t *w, size_t stride,
                    int32_t *sums, size_t step, size_t m, size_t k) {
    EDSC_KERNEL(dot_tile_i8)(x, pixels, v->x_zero, w, stride, sums, step, m, k);
    for (; v->w_zero && pixels; pixels--, x++, sums += step) {
        int32_t total = 0;
        for (size_t i = 0; i < k; i++)
            total += (*x)[i];
        total = off_zero(v, total, k);
        for (size_t j = 0; j < m; j++)
            sums[j] -= total;
    }
}

static void tile_i16(const edsc_convolution *v, const int16_t *const *x, size_t pixels, const int8_t *w, size_t stride,
                     int64_t *sums, size_t step, size_t m, size_t k) {
    for (; pixels; pixels--, x++, sums += step)
        for (size_t j = 0; j < m; j++)
            for (size_t i = 0, end; i < k;) {
                int32_t sum = 0, total = 0;
                for (end = k - i > MOST ? i + MOST : k; i < end; i++) {
                    sum += ((*x)[i] - v->x_zero) * w[j * stride + i];
                    total += (*x)[i] - v->x_zero;
                }
                sums[j] += (int64_t)sum - (int64_t)v->w_zero * total;
            }
}

#define WEIGHT int8_t

#define VALUE int8_t
#define SUM int32_t
#define TYPED(name) name##_i8
#define TILE(x, pixels, w, stride, sums, step, m, k) tile_i8(v, x, pixels, w, stride, sums, step, m, k)
#define DEPTHWISE EDSC_KERNEL(depthwise_i8)
#define READY EDSC_KERNEL(depthwise_ready_i8)
#define AS_SUMS
#define FINISH finish_i8
/* The place in y of a layer of dynamic range, which has floats, is where it would be in bytes. */
static void finish_i8(const edsc_convolution *v, const int32_t *sums, size_t j, size_t n, int8_t *y) {
    const float *scale = (const float *)v->multiplier + j;
    const edsc_real_sums *r = v->real;
    if (!r) {
        EDSC_KERNEL(requantize_i8)(sums, scale, v->y_zero, v->lo, v->hi, y, n);
        return;
    }
    float *to = r->y + (y - (int8_t *)v->y);
    for (size_t i = 0; i < n; i++) {
        float sum = (float)sums[i], value = sum * (r->step * scale[i]);
        if (r->depthwise)
            value = j + i < v->o / 4 * 4 ? sum * scale[i] * r->step : sum * r->step * scale[i];
        value += r->b ? r->b[j + i] : 0;
        to[i] = value < r->lo ? r->lo : value > r->hi ? r->hi : value;
    }
}
#include "depthwise.h"

#include "convolve.h"
#undef VALUE
#undef SUM
#undef TYPED
#undef TILE
#undef DEPTHWISE
#undef FINISH

#define VALUE int16_t
#define SUM int64_t
#define TYPED(name) name##_i16
#define TILE(x, pixels, w, stride, sums, step, m, k) tile_i16(v, x, pixels, w, stride, sums, step, m, k)
#define FINISH(v, sums, j, n, y) finish_i16(v, sums, (const float *)(v)->multiplier + (j), n, y)
static void finish_i16(const edsc_convolution *v, const int64_t *sums, const float *multiplier, size_t n, int16_t *y) {
    for (size_t i = 0; i < n; i++)
        y[i] = (int16_t)edsc_to_integer_f64((double)sums[i] * (double)multiplier[i], v->y_zero, v->lo, v->hi);
}
#include "convolve.h"

/* The operators' parameters are the same ones in the same order. */
static int prepare(const edsc_call *c, int transposed, edsc_convolution *v) {
    const uint8_t *p = edsc_params(c);
    int status = edsc_convolution_shapes(c, transposed, edsc_conv_int8_groups(p), 4, v);
    v->x_zero = edsc_conv_int8_x_zero(p);
    v->w_zero = edsc_conv_int8_w_zero(p);
    v->y_zero = edsc_conv_int8_y_zero(p);
    v->lo = edsc_conv_int8_lo(p);
    v->hi = edsc_conv_int8_hi(p);
    v->w = edsc_data(c, 1);
    v->b = edsc_data(c, 2);
    v->multiplier = edsc_data(c, 3);
    return status;
}

/* |bias| + sum |x - x_zero| (|w| + |w_zero|) bounds whatever a kernel may have as a sum on its way. */
int edsc_conv_int8_check(const edsc_call *c, int transposed) {
    edsc_convolution v;
    int status = prepare(c, transposed, &v), wide = edsc_variant(c) == 1;
    if (status)
        return status;
    if (!edsc_has_value(c, 0, v.x_zero) || !edsc_has_value(c, 1, v.w_zero) ||
        !edsc_has_output(c, 4, v.y_zero, v.lo, v.hi))
        return EDSC_ERR_PARAM;
    int64_t limit = wide ? INT64_C(1) << 53 : INT64_C(1) << 31;
    int64_t above = edsc_highest(c, 0) - v.x_zero, below = v.x_zero - edsc_lowest(c, 0);
    const int8_t *w = v.w;
    for (size_t j = 0; j < v.o; j++) {
        int64_t bias = wide ? ((const int64_t *)v.b)[j] : ((const int32_t *)v.b)[j];
        float multiplier = ((const float *)v.multiplier)[j];
        if (bias <= -limit || bias >= limit || multiplier * 0 != 0)
            return EDSC_ERR_CONSTANT;
        int64_t total = (int64_t)v.taps * (v.w_zero < 0 ? -v.w_zero : v.w_zero);
        for (size_t i = 0; i < v.taps; i++, w++)
            total += *w < 0 ? -*w : *w;
        if ((bias < 0 ? -bias : bias) + total * (above > below ? above : below) >= limit)
            return EDSC_ERR_CONSTANT;
    }
    return EDSC_OK;
}

void edsc_conv_int8_run(const edsc_call *c, int transposed) {
    edsc_convolution v;
    (void)prepare(c, transposed, &v);
    v.x = edsc_data(c, 0);
    v.y = edsc_data(c, 4);
#ifdef EDSC_HAS_PACKED
    if (edsc_variant(c) == 0 && edsc_convolve_packed(&v, EDSC_KERNEL(packed_i8)))
        return;
#endif
    if (edsc_variant(c) == 0)
        run_i8(&v);
    else
        run_i16(&v);
}

static int prepare_hybrid(const edsc_call *c, edsc_convolution *v) {
    int status = edsc_convolution_shapes(c, 0, edsc_conv_hybrid_groups(edsc_params(c)), 4, v);
    v->w = edsc_data(c, 1);
    v->multiplier = edsc_data(c, 3);
    return status;
}

int edsc_conv_hybrid_check(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    edsc_convolution v;
    if (!(edsc_conv_hybrid_lo(p) <= edsc_conv_hybrid_hi(p)) || (uint32_t)edsc_conv_hybrid_depthwise(p) > 1)
        return EDSC_ERR_PARAM;
    int status = prepare_hybrid(c, &v);
    if (status)
        return status;
    if (edsc_dim(c, 3, 0) != v.o || edsc_elements(c, 5) != edsc_elements(c, 0) / v.n)
        return EDSC_ERR_SHAPE;
    if ((uint32_t)edsc_conv_hybrid_asymmetric(p) > 1)
        return EDSC_ERR_PARAM;
    return edsc_hybrid_check(v.w, v.multiplier, v.o, v.taps);
}

void edsc_conv_hybrid_run(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    const float *x = edsc_data(c, 0);
    int8_t *q = edsc_data(c, 5);
    edsc_convolution v;
    (void)prepare_hybrid(c, &v);
    edsc_real_sums real = {.y = edsc_data(c, 4),
                           .b = edsc_has(c, 2) ? edsc_data(c, 2) : NULL,
                           .lo = (float)edsc_conv_hybrid_lo(p),
                           .hi = (float)edsc_conv_hybrid_hi(p),
                           .depthwise = edsc_conv_hybrid_depthwise(p)};
    size_t samples = v.n, size = v.sizes[0] * v.sizes[1] * v.sizes[2] * v.c;
    v.n = 1;
    v.x = q;
    v.real = &real;
    for (; samples; samples--, x += size, real.y += v.pixels * v.o) {
        edsc_steps steps = edsc_hybrid_quantize(x, size, edsc_conv_hybrid_asymmetric(p), q);
        real.step = steps.step;
        v.x_zero = steps.zero;
        v.y = real.y;
        run_i8(&v);
    }
}
