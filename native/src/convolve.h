/* convolve.h: the body of a convolution for one type of x: what pixels see is gone through in runs that lie side by
 * side in x and in the weights; long runs are used where they are, short ones are first put together on the stack, with
 * zeros for the padding. Pixels that see the same taps share the loads of the weights. No scratch memory.
 *
 * The including file defines VALUE (x and y), WEIGHT, SUM (sums and biases), TYPED(name), TILE(x, pixels, w, stride,
 * sums, step, m, k), which adds sum_i x[p][i] w[j * stride + i] to sums[p * step + j] for p < pixels, j < m, and
 * FINISH(v, sums, j, n, y), which makes n values of y out of the sums from output j on. The macros see `v`. Where
 * DEPTHWISE is defined depthwise.h was included before. */

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

static void TYPED(run)(const edsc_convolution *v) {
    const VALUE *x = v->x;
    VALUE *y = v->y;
    int32_t out[3];
    for (size_t sample = 0; sample < v->n; sample++, x += v->sizes[0] * v->sizes[1] * v->sizes[2] * v->c) {
#ifdef DEPTHWISE
        if (edsc_is_depthwise(v)) {
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
