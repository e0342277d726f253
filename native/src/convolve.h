/* convolve.h: the body of a convolution for one type of x: what pixels see is gone through in runs that lie side by
 * side in x and in the weights; long runs are used where they are, short ones are first put together on the stack, with
 * zeros for the padding. Pixels that see the same taps share the loads of the weights. No scratch memory.
 *
 * The including file defines VALUE (x and y), WEIGHT, SUM (sums and biases), TYPED(name), TILE(x, pixels, w, stride,
 * sums, step, m, k), which adds sum_i x[p][i] w[j * stride + i] to sums[p * step + j] for p < pixels, j < m, and
 * FINISH(v, sums, j, n, y), which makes n values of y out of the sums from output j on; optionally TAPS(x, w, taps,
 * sums, n), which adds sum_t x[t][i] w[t][i] to sums[i] for i < n. The macros see `v`. */

/* Goes over the runs of one group and some pixels, each `step` elements behind the one before it in x: the taps so far
 * from `from` on are in the patches. */
typedef struct TYPED(pixels) {
    const edsc_convolution *v;
    const WEIGHT *w;
    SUM *sums;
    size_t count, step, m, from, used;
    VALUE patch[EDSC_TILE][EDSC_PATCH / sizeof(VALUE)];
} TYPED(pixels);

static inline void TYPED(start)(const edsc_convolution *v, SUM *sums, size_t j, size_t n) {
    if (v->b)
        memcpy(sums, (const SUM *)v->b + j, n * sizeof *sums);
    else
        memset(sums, 0, n * sizeof *sums);
}

/* `k` elements from x on, and the same of the other pixels. */
static void TYPED(add)(const TYPED(pixels) * p, const VALUE *x, size_t step, size_t at, size_t k) {
    const edsc_convolution *v = p->v;
    const VALUE *from[EDSC_TILE] = {x};
    for (size_t i = 1; i < p->count; i++)
        from[i] = x + i * step;
    TILE(from, p->count, p->w + at, v->taps, p->sums, EDSC_SUMS, p->m, k);
}

static void TYPED(flush)(TYPED(pixels) * p) {
    if (p->used)
        TYPED(add)(p, p->patch[0], sizeof p->patch[0] / sizeof(VALUE), p->from, p->used);
    p->used = 0;
}

/* `k` elements of x, of the weights' row from `at` on. */
static void TYPED(see)(TYPED(pixels) * p, const VALUE *x, size_t at, size_t k) {
    const edsc_convolution *v = p->v;
    const size_t most = EDSC_PATCH / sizeof(VALUE);
    if (p->used && at + k - p->from > most)
        TYPED(flush)(p);
    if (k >= EDSC_LONG_RUN) {
        TYPED(flush)(p);
        TYPED(add)(p, x, p->step, at, k);
        return;
    }
    if (!p->used)
        p->from = at;
    size_t gap = at - p->from - p->used;
    for (size_t pixel = 0; pixel < p->count; pixel++, x += p->step) {
        VALUE *to = p->patch[pixel] + p->used;
        for (size_t i = 0; i < gap; i++)
            *to++ = (VALUE)v->x_zero;
        memcpy(to, x, k * sizeof *to);
    }
    p->used += gap + k;
}

/* All that the pixels from `out` on see; x is at the first channel of their group, of their sample. */
static void TYPED(look)(TYPED(pixels) * p, const VALUE *x, const int32_t out[3]) {
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

EDSC_APART static void TYPED(general)(const edsc_convolution *v, const VALUE *x, VALUE *y, const int32_t out[3],
                                      size_t count) {
    SUM sums[EDSC_TILE * EDSC_SUMS];
    TYPED(pixels) p; /* no initializer: it would clear the patches */
    size_t group_o = v->o / v->groups;
    p.v = v;
    p.sums = sums;
    p.count = count;
    p.step = (size_t)v->axis[2].stride * v->c;
    p.used = 0;
    for (size_t group = 0, j = 0; group < v->groups; group++)
        for (size_t end = j + group_o; j < end; j += p.m) {
            p.m = end - j < EDSC_SUMS ? end - j : EDSC_SUMS;
            p.w = (const WEIGHT *)v->w + j * v->taps;
            for (size_t i = 0; i < count; i++)
                TYPED(start)(v, sums + i * EDSC_SUMS, j, p.m);
            TYPED(look)(&p, x + group * v->group_c, out);
            for (size_t i = 0; i < count; i++)
                FINISH(v, sums + i * EDSC_SUMS, j, p.m, y + i * v->o + j);
        }
}

#ifdef TAPS
/* What n channels of the pixel at `out` see, tap by tap. */
static inline void TYPED(look_down)(const edsc_convolution *v, const VALUE *x, const WEIGHT *turned, SUM *sums,
                                    size_t n, const int32_t out[3]) {
    const VALUE *see[EDSC_TAPS];
    const WEIGHT *with[EDSC_TAPS];
    size_t taps = 0;
    int32_t from[3], begin[3], end[3];
    for (unsigned a = 0; a < 3; a++) {
        edsc_taps(v->axis + a, out[a], begin + a, end + a);
        from[a] = edsc_first_tap(v->axis + a, out[a]);
    }
    for (int32_t kd = begin[0]; kd < end[0]; kd++)
        for (int32_t kh = begin[1]; kh < end[1]; kh++) {
            int32_t z = from[0] + kd * v->axis[0].dilation, s = from[1] + kh * v->axis[1].dilation;
            const VALUE *line = x + ((size_t)z * v->sizes[1] + (size_t)s) * v->sizes[2] * v->c;
            const WEIGHT *row = turned + (size_t)((kd * v->axis[1].kernel + kh) * v->axis[2].kernel) * n;
            for (int32_t kw = begin[2]; kw < end[2]; kw++) {
                see[taps] = line + (size_t)(from[2] + kw * v->axis[2].dilation) * v->c;
                with[taps++] = row + (size_t)kw * n;
                if (taps == EDSC_TAPS) {
                    TAPS(see, with, taps, sums, n);
                    taps = 0;
                }
            }
        }
    TAPS(see, with, taps, sums, n);
}

/* Every channel on its own: the weights of some channels are turned, so that channels lie side by side. */
EDSC_APART static void TYPED(depthwise)(const edsc_convolution *v, const VALUE *x, VALUE *y) {
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
        int32_t at[3];
        for (at[0] = 0; at[0] < d->out; at[0]++)
            for (at[1] = 0; at[1] < h->out; at[1]++)
                for (at[2] = 0; at[2] < w->out; at[2]++, to += v->c) {
                    TYPED(start)(v, sums, j, n);
                    TYPED(look_down)(v, x + j, turned, sums, n, at);
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
        size_t count = 1;
        for (out[0] = 0; out[0] < v->outs[0]; out[0]++)
            for (out[1] = 0; out[1] < v->outs[1]; out[1]++)
                for (out[2] = 0; out[2] < v->outs[2]; out[2] += (int32_t)count, y += count * v->o) {
                    count = edsc_alike(v, out[2]);
                    TYPED(general)(v, x, y, out, count);
                }
    }
}
