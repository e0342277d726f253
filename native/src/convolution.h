/* convolution.h: a convolution about to be checked or run, plain or transposed, and the four ways to run it. */
#ifndef EDSC_CONVOLUTION_H
#define EDSC_CONVOLUTION_H

#include "kernels.h"
#include "window.h"

/* What a run has on the stack: the bytes of a patch of what a pixel sees; the sums there are at a time of a pixel, and
 * the pixels at a time. */
#ifdef EDSC_SMALL
enum { EDSC_PATCH = 256, EDSC_SUMS = 32, EDSC_TILE = 1 };
enum { EDSC_LONG_RUN = 32 }; /* elements that are not worth a copy */
#else
enum { EDSC_PATCH = 1024, EDSC_SUMS = 128, EDSC_TILE = 4 };
enum { EDSC_LONG_RUN = 64 };
#endif

/* Keeps what a way to run has on the stack out of its caller's, which calls another one. */
#ifdef __GNUC__
#define EDSC_APART __attribute__((noinline))
#else
#define EDSC_APART
#endif

/* What becomes of the sums of a layer of dynamic range. */
typedef struct edsc_real_sums {
    float *y;
    const float *b; /* may be NULL */
    float step, lo, hi;
    int depthwise;
} edsc_real_sums;

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
    const edsc_real_sums *real; /* NULL: sums are requantized */
} edsc_convolution;

/* Fills all but the numbers of the last three lines, without reading memory of operands; a status. y: which operand the
 * result is. */
int edsc_convolution_shapes(const edsc_call *c, int transposed, int32_t groups, unsigned y, edsc_convolution *v);

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

/* How many pixels of the last axis from `out` on see all taps, up to EDSC_TILE; else 1. */
static inline size_t edsc_alike(const edsc_convolution *v, int32_t out) {
    int32_t left = v->transposed || EDSC_TILE == 1 ? 1 : edsc_inside(v->axis + 2, out);
    return left < EDSC_TILE ? (size_t)left : EDSC_TILE;
}

static inline int edsc_is_depthwise(const edsc_convolution *v) {
    return v->groups > 1 && v->groups == v->c && v->o == v->c && !v->transposed && !v->w_zero && v->taps <= EDSC_TAPS;
}

#ifdef EDSC_HAS_PACKED
/* Runs a convolution, but not one of dynamic range; 0, and nothing done, where the other way is the better or only one.
 * k: NULL, or how the kernel set does it for the type of x. Has 62 KB on the stack. */
int edsc_convolve_packed(const edsc_convolution *v, const edsc_packing *k);
#endif

/* conv and conv_transpose, conv_int8 and conv_transpose_int8: alike but for the direction. */
int edsc_conv_check(const edsc_call *c, int transposed);
void edsc_conv_run(const edsc_call *c, int transposed);
int edsc_conv_int8_check(const edsc_call *c, int transposed);
void edsc_conv_int8_run(const edsc_call *c, int transposed);
int edsc_conv_hybrid_check(const edsc_call *c);
void edsc_conv_hybrid_run(const edsc_call *c);

#endif
