/* convolution.h: a convolution about to be checked or run, plain or transposed, and the four ways to run it. */
#ifndef EDSC_CONVOLUTION_H
#define EDSC_CONVOLUTION_H

#include "window.h"

/* Bytes on the stack of a run: a patch of what a pixel sees, turned weights, and how many sums there are at a time. */
#ifdef EDSC_SMALL
enum { EDSC_PATCH = 256, EDSC_TURNED = 512, EDSC_SUMS = 32 };
#else
enum { EDSC_PATCH = 2048, EDSC_TURNED = 8192, EDSC_SUMS = 128 };
#endif
enum { EDSC_LONG_RUN = 32 }; /* elements that are not worth a copy */

typedef struct edsc_convolution {
    const void *x, *w, *b, *multiplier; /* b may be NULL */
    void *y;
    size_t n, c, o, groups, group_c;
    size_t taps;       /* weights of an output channel */
    size_t pixels;     /* of y, in a sample */
    size_t sizes[3];   /* of x */
    int32_t outs[3];   /* of y */
    edsc_axis axis[3]; /* transposed: of y as seen by x */
    int transposed;
    int32_t x_zero, w_zero, y_zero, lo, hi;
    double real_lo, real_hi;
} edsc_convolution;

/* Fills all but the numbers of the last two lines, without reading memory of operands; a status. */
int edsc_convolution_shapes(const edsc_call *c, int transposed, int32_t groups, edsc_convolution *v);

/* Position along an axis of x that `tap` sees of output position `out`; -1: none. */
static inline int32_t edsc_source(const edsc_convolution *v, unsigned axis, int32_t out, int32_t tap) {
    const edsc_axis *a = v->axis + axis;
    if (!v->transposed) {
        int32_t at = edsc_first_tap(a, out) + tap * a->dilation;
        return at < a->size ? at : -1;
    }
    int32_t at = out + a->pad - tap * a->dilation;
    return at < 0 || at % a->stride || at / a->stride >= a->out ? -1 : at / a->stride;
}

static inline int edsc_is_depthwise(const edsc_convolution *v) {
    return v->groups > 1 && v->groups == v->c && v->o == v->c && !v->transposed && !v->w_zero;
}

/* conv and conv_transpose, conv_int8 and conv_transpose_int8: alike but for the direction. */
int edsc_conv_check(const edsc_call *c, int transposed);
void edsc_conv_run(const edsc_call *c, int transposed);
int edsc_conv_int8_check(const edsc_call *c, int transposed);
void edsc_conv_int8_run(const edsc_call *c, int transposed);

#endif
