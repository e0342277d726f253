/* depthwise.h: the body of a convolution each of whose channels sees itself only, for one type of x: pixel by pixel, or
 * many at once where all of them see all taps. A tap in the padding sees a place full of zero points.
 *
 * The including file defines VALUE, WEIGHT, SUM, TYPED and FINISH as for convolve.h; DEPTHWISE and READY, of kernels.h;
 * and AS_SUMS where FINISH is to be used for layers of dynamic range. */

/* Where the taps of the pixel at `out` see x; whether all of its lines are inside. */
static int TYPED(look_down)(const edsc_convolution *v, const VALUE *x, const VALUE *outside, const VALUE **see,
                            const int32_t out[3]) {
    const edsc_axis *d = v->axis, *h = d + 1, *w = d + 2;
    int32_t z = edsc_first_tap(d, out[0]);
    int whole = 1;
    for (int32_t kd = 0; kd < d->kernel; kd++, z += d->dilation) {
        int32_t s = edsc_first_tap(h, out[1]);
        for (int32_t kh = 0; kh < h->kernel; kh++, s += h->dilation) {
            const int there = z >= 0 && z < d->size && s >= 0 && s < h->size;
            const VALUE *line = there ? x + ((size_t)z * v->sizes[1] + (size_t)s) * v->sizes[2] * v->c : x;
            int32_t at = edsc_first_tap(w, out[2]);
            for (int32_t kw = 0; kw < w->kernel; kw++, at += w->dilation)
                *see++ = there && at >= 0 && at < w->size ? line + (size_t)at * v->c : outside;
            whole &= there;
        }
    }
    return whole;
}

EDSC_APART static void TYPED(depthwise)(const edsc_convolution *v, const VALUE *x, VALUE *y) {
    const edsc_axis *w = v->axis + 2;
    const VALUE *see[EDSC_TAPS];
    VALUE outside[EDSC_CHANNELS];
    edsc_depthwise d = {.taps = v->taps, .x_zero = v->x_zero, .y_zero = v->y_zero, .lo = v->lo, .hi = v->hi};
    d.real_lo = (float)v->real_lo;
    d.real_hi = (float)v->real_hi;
    size_t most = EDSC_CHANNELS, together = 1; /* pixels whose channels are a run, in x as in y */
#ifndef EDSC_SMALL
    int32_t room[EDSC_READY / sizeof(int32_t)];
    size_t fit = EDSC_READY / (8 + 4 * (sizeof(VALUE) == 1 ? (v->taps + 1) / 2 : v->taps));
    most = fit < most ? fit >= EDSC_LANES ? fit / EDSC_LANES * EDSC_LANES : fit : most;
    if (w->stride == 1 && v->c < EDSC_LANES && v->c < most && !v->real)
        together = (most < EDSC_LANES ? most : EDSC_LANES) / v->c;
#endif
    for (size_t i = 0; i < EDSC_CHANNELS; i++)
        outside[i] = (VALUE)v->x_zero;
    for (size_t j = 0; j < v->c; j += d.channels) {
        d.channels = v->c - j < most ? v->c - j : most;
        d.lanes = d.channels * together;
        d.w = (const WEIGHT *)v->w + j * v->taps;
        d.b = v->b ? (const SUM *)v->b + j : NULL;
        d.multiplier = v->real || !v->multiplier ? NULL : (const float *)v->multiplier + j;
#ifndef EDSC_SMALL
        READY(&d, room);
#endif
        VALUE *to = y + j;
        int32_t at[3];
        for (at[0] = 0; at[0] < v->outs[0]; at[0]++)
            for (at[1] = 0; at[1] < v->outs[1]; at[1]++)
                for (at[2] = 0; at[2] < v->outs[2];) {
                    int whole = TYPED(look_down)(v, x + j, outside, see, at);
                    for (size_t tap = v->taps; tap % EDSC_TAPS_ROUND; tap++)
                        see[tap] = see[0]; /* without weights, and there for every pixel that see[0] is there for */
                    size_t pixels = EDSC_LANES > 1 ? (size_t)edsc_inside(w, at[2]) : 1,
                           side = pixels < together ? pixels : together;
                    pixels = whole ? pixels / side : 1;
#ifdef AS_SUMS
                    if (v->real) {
                        SUM sums[EDSC_CHANNELS];
                        DEPTHWISE(&d, see, 0, d.channels, 1, sums, 0);
                        FINISH(v, sums, j, d.channels, to);
                        pixels = 1;
                    } else
#endif
                        DEPTHWISE(&d, see, side * (size_t)w->stride * v->c, side * d.channels, pixels, to, side * v->c);
                    to += side * pixels * v->c;
                    at[2] += (int32_t)(side * pixels);
                }
    }
}
