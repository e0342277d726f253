/* convolve.h: the body of a convolution for one type of x: what a pixel sees is gone through in runs that lie side by
 * side in x and in the weights; long runs are used where they are, short ones are first put together on the stack, with
 * zeros for the padding. No scratch memory.
 *
 * The including file defines VALUE (x and y), WEIGHT, SUM (sums and biases), TYPED(name), ROWS(x, w, stride, sums, m,
 * k), which adds sum_i x[i] w[j * stride + i] to sums[j] for j < m, and FINISH(v, sums, j, n, y), which makes n values
 * of y out of the sums from output j on; optionally TAPS(x, x_step, w, w_step, taps, sums, n), which adds sum_t x[t *
 * x_step
 * + i] w[t * w_step + i] to sums[i] for i < n. The macros see `v`. */

/* Goes over the runs of one pixel and one group: the taps so far from `from` on are in the patch. */
typedef struct TYPED(pixel) {
    const edsc_convolution *v;
    const WEIGHT *w;
    SUM *sums;
    size_t m, from, used;
    VALUE patch[EDSC_PATCH / sizeof(VALUE)];
} TYPED(pixel);

static inline void TYPED(start)(const edsc_convolution *v, SUM *sums, size_t j, size_t n) {
    if (v->b)
        memcpy(sums, (const SUM *)v->b + j, n * sizeof *sums);
    else
        memset(sums, 0, n * sizeof *sums);
}

static void TYPED(flush)(TYPED(pixel) * p) {
    const edsc_convolution *v = p->v;
    if (p->used)
        ROWS(p->patch, p->w + p->from, v->taps, p->sums, p->m, p->used);
    p->used = 0;
}

/* `k` elements of x, of the weights' row from `at` on. */
static void TYPED(see)(TYPED(pixel) * p, const VALUE *x, size_t at, size_t k) {
    const edsc_convolution *v = p->v;
    const size_t most = EDSC_PATCH / sizeof(VALUE);
    if (p->used && at + k - p->from > most)
        TYPED(flush)(p);
    if (k >= EDSC_LONG_RUN) {
        TYPED(flush)(p);
        ROWS(x, p->w + at, v->taps, p->sums, p->m, k);
        return;
    }
    if (!p->used)
        p->from = at;
    while (p->from + p->used < at)
        p->patch[p->used++] = (VALUE)v->x_zero;
    for (size_t i = 0; i < k; i++)
        p->patch[p->used++] = x[i];
}

/* All that the pixel at `out` sees; x is at the first channel of its group, of its sample. */
static void TYPED(look)(TYPED(pixel) * p, const VALUE *x, const int32_t out[3]) {
    const edsc_convolution *v = p->v;
    const edsc_axis *d = v->axis, *h = d + 1, *w = d + 2;
    const int together = v->groups == 1 && w->dilation == 1 && !v->transposed;
    int32_t begin, end, z, y;
    for (int32_t kd = 0; kd < d->kernel; kd++) {
        if ((z = edsc_source(v, 0, out[0], kd)) < 0)
            continue;
        for (int32_t kh = 0; kh < h->kernel; kh++) {
            if ((y = edsc_source(v, 1, out[1], kh)) < 0)
                continue;
            const VALUE *line = x + ((size_t)z * v->sizes[1] + (size_t)y) * v->sizes[2] * v->c;
            size_t at = ((size_t)kd * (size_t)h->kernel + (size_t)kh) * (size_t)w->kernel * v->group_c;
            if (together) {
                edsc_taps(w, out[2], &begin, &end);
                if (begin < end)
                    TYPED(see)(p, line + (size_t)(edsc_first_tap(w, out[2]) + begin) * v->c, at + (size_t)begin * v->c,
                               (size_t)(end - begin) * v->c);
                continue;
            }
            for (int32_t kw = 0, s; kw < w->kernel; kw++)
                if ((s = edsc_source(v, 2, out[2], kw)) >= 0)
                    TYPED(see)(p, line + (size_t)s * v->c, at + (size_t)kw * v->group_c, v->group_c);
        }
    }
    TYPED(flush)(p);
}

static void TYPED(general)(const edsc_convolution *v, const VALUE *x, VALUE *y, const int32_t out[3]) {
    SUM sums[EDSC_SUMS];
    TYPED(pixel) p = {.v = v, .sums = sums};
    size_t group_o = v->o / v->groups;
    for (size_t group = 0, j = 0; group < v->groups; group++)
        for (size_t end = j + group_o; j < end; j += p.m) {
            p.m = end - j < EDSC_SUMS ? end - j : EDSC_SUMS;
            p.w = (const WEIGHT *)v->w + j * v->taps;
            TYPED(start)(v, sums, j, p.m);
            TYPED(look)(&p, x + group * v->group_c, out);
            FINISH(v, sums, j, p.m, y + j);
        }
}

#ifdef TAPS
/* Every channel on its own: the weights of some channels are turned, so that channels lie side by side. */
static void TYPED(depthwise)(const edsc_convolution *v, const VALUE *x, VALUE *y) {
    const edsc_axis *d = v->axis, *h = d + 1, *w = d + 2;
    WEIGHT turned[EDSC_TURNED / sizeof(WEIGHT)];
    SUM sums[EDSC_SUMS];
    size_t most = sizeof turned / sizeof *turned / v->taps, n;
    most = most < EDSC_SUMS ? most : EDSC_SUMS;
    for (size_t j = 0; j < v->c; j += n) {
        n = v->c - j < most ? v->c - j : most;
        for (size_t tap = 0; tap < v->taps; tap++)
            for (size_t i = 0; i < n; i++)
                turned[tap * n + i] = ((const WEIGHT *)v->w)[(j + i) * v->taps + tap];
        VALUE *to = y + j;
        int32_t at[3], from[3], begin[3], end[3];
        for (at[0] = 0; at[0] < d->out; at[0]++)
            for (at[1] = 0; at[1] < h->out; at[1]++)
                for (at[2] = 0; at[2] < w->out; at[2]++, to += v->c) {
                    for (unsigned a = 0; a < 3; a++) {
                        edsc_taps(v->axis + a, at[a], begin + a, end + a);
                        from[a] = edsc_first_tap(v->axis + a, at[a]);
                    }
                    TYPED(start)(v, sums, j, n);
                    for (int32_t kd = begin[0]; kd < end[0] && begin[2] < end[2]; kd++)
                        for (int32_t kh = begin[1]; kh < end[1]; kh++) {
                            size_t z = (size_t)(from[0] + kd * d->dilation), s = (size_t)(from[1] + kh * h->dilation);
                            size_t tap = ((size_t)kd * (size_t)h->kernel + (size_t)kh) * (size_t)w->kernel;
                            size_t line = (z * v->sizes[1] + s) * v->sizes[2];
                            line += (size_t)(from[2] + begin[2] * w->dilation);
                            TAPS(x + line * v->c + j, (size_t)w->dilation * v->c, turned + (tap + (size_t)begin[2]) * n,
                                 n, (size_t)(end[2] - begin[2]), sums, n);
                        }
                    FINISH(v, sums, j, n, to);
                }
    }
}
#endif

static void TYPED(run)(const edsc_convolution *v) {
    const VALUE *x = v->x;
    VALUE *y = v->y;
    int32_t out[3];
    for (size_t sample = 0; sample < v->n; sample++, x += v->sizes[0] * v->sizes[1] * v->sizes[2] * v->c) {
#ifdef TAPS
        if (edsc_is_depthwise(v) && v->taps <= EDSC_TURNED / sizeof(WEIGHT) / 4) {
            TYPED(depthwise)(v, x, y);
            y += v->pixels * v->o;
            continue;
        }
#endif
        for (out[0] = 0; out[0] < v->outs[0]; out[0]++)
            for (out[1] = 0; out[1] < v->outs[1]; out[1]++)
                for (out[2] = 0; out[2] < v->outs[2]; out[2]++, y += v->o)
                    TYPED(general)(v, x, y, out);
    }
}
