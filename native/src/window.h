/* window.h: what convolutions and poolings share: windows over 1 to 3 spatial axes of [n, spatial..., c]. Three axes
 * always: the leading ones that a tensor does not have are of size 1. */
#ifndef EDSC_WINDOW_H
#define EDSC_WINDOW_H

#include "internal.h"

/* Sizes in elements. All sums and products that edsc_first_tap() and a loop over taps make are below 2^31. */
typedef struct edsc_axis {
    int32_t size, out, kernel, stride, dilation, pad;
} edsc_axis;

/* Fills axis[0..2] with how operand y sees operand x through windows of `kernel`, and checks what _window.py does. The
 * nine parameters come first in the node's: stride, dilation and pad, each for depth, height and width. */
int edsc_window(const edsc_call *c, unsigned x, unsigned y, const int32_t kernel[3], edsc_axis axis[3]);

/* The position that the first tap of window `out` has: negative in the padding. */
static inline int32_t edsc_first_tap(const edsc_axis *a, int32_t out) { return out * a->stride - a->pad; }

/* Taps [begin, end) of window `out` are inside. */
static inline void edsc_taps(const edsc_axis *a, int32_t out, int32_t *begin, int32_t *end) {
    int32_t at = edsc_first_tap(a, out), inside = a->size - at; /* up to there */
    *begin = at < 0 ? (-at + a->dilation - 1) / a->dilation : 0;
    *end = inside <= 0 ? 0 : (inside + a->dilation - 1) / a->dilation;
    *end = *end < a->kernel ? *end : a->kernel;
}

/* How many windows from `out` on have all taps inside; 1 where that one has not. */
static inline int32_t edsc_inside(const edsc_axis *a, int32_t out) {
    int32_t at = edsc_first_tap(a, out), room = a->size - 1 - (a->kernel - 1) * a->dilation - at, left = a->out - out;
    if (at < 0 || room < 0)
        return 1;
    return room / a->stride + 1 < left ? room / a->stride + 1 : left;
}

/* For poolings, whose kernel is a parameter: operand 0 seen by operand 1, each window with a tap inside. */
int edsc_pool_window(const edsc_call *c, edsc_axis axis[3]);

/* Goes through windows and, in runs of up to EDSC_POOL_CHANNELS channels, through their taps: add(), where `first` says
 * that sums hold nothing yet, then end() with the number of taps inside or, given pad_end, inside the padding. */
#ifdef EDSC_SMALL
enum { EDSC_POOL_CHANNELS = 32 };
#else
enum { EDSC_POOL_CHANNELS = 128 };
#endif
typedef void edsc_pool_add(const edsc_call *c, void *sums, const void *x, size_t n, int first);
typedef void edsc_pool_end(const edsc_call *c, const void *sums, void *y, size_t n, uint32_t count);
void edsc_pool(const edsc_call *c, const int32_t *pad_end, edsc_pool_add *add, edsc_pool_end *end);

/* The same for averages, whose parameters go on with pad_end_d, pad_end_h, pad_end_w and count_include_pad. */
int edsc_avg_pool_check(const edsc_call *c);
void edsc_avg_pool(const edsc_call *c, edsc_pool_add *add, edsc_pool_end *end);

#endif
