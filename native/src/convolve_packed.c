/* convolve_packed.c: a convolution of one group, with the weights of some output channels packed on the stack, side by
 * side, so that a vector of sums needs no adding across and no lane is idle. What a row of pixels sees is brought onto
 * the stack too, border and all, so that every pixel sees every tap. Packing takes as long as some pixels do the other
 * way (convolve.h), which few pixels go, and what does not fit. */
#include "convolution.h"

#ifdef EDSC_HAS_PACKED
enum { WEIGHTS = 11264, ROWS = 16384, RUNS = 64, LEAST_PIXELS = 32 }; /* those of a step of one value */

/* Lines of x, as pixels from `first` on of some row of y see them. */
typedef struct rows {
    int32_t first, columns;
    size_t line; /* bytes */
    int32_t held[RUNS];
    uint32_t at[RUNS];
    uint8_t bytes[ROWS + 4]; /* the last step may go beyond */
} rows;

static inline size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* x is at line `line`, which is outside where negative. */
static void lay(const edsc_convolution *v, const edsc_packing *k, const rows *r, const int8_t *x, int32_t line,
                uint8_t *to) {
    const edsc_axis *w = v->axis + 2;
    const size_t pixel = v->c * 4 / k->depth;
    int32_t at = edsc_first_tap(w, r->first), begin = at < 0 ? -at : 0, end = w->size - at;
    end = end < r->columns ? end : r->columns;
    if (line < 0 || begin > 0 || end < r->columns) /* bytes are from 0 up, others less the zero point */
        memset(to, k->depth == 4 ? v->x_zero + 128 : 0, r->line);
    if (line < 0 || begin >= end)
        return;
    x += ((size_t)line * v->sizes[2] + (size_t)(at + begin)) * v->c * k->size;
    to += (size_t)begin * pixel;
    if (k->load)
        k->load(x, (size_t)(end - begin) * v->c, v->x_zero, to);
    else
        memcpy(to, x, (size_t)(end - begin) * pixel);
}

/* Brings in the lines that the pixels at `out` see and the row before them did not, and says where their runs are. */
static void look(const edsc_convolution *v, const edsc_packing *k, rows *r, const int8_t *x, const int32_t out[2],
                 size_t of_line) {
    const edsc_axis *d = v->axis, *h = d + 1;
    const size_t tap = (size_t)v->axis[2].dilation * v->c * 4 / k->depth;
    uint32_t *at = r->at;
    for (int32_t kd = 0; kd < d->kernel; kd++)
        for (int32_t kh = 0; kh < h->kernel; kh++) {
            const int32_t z = edsc_source(v, 0, out[0], kd), y = edsc_source(v, 1, out[1], kh);
            const int32_t place = kd * h->kernel + (out[1] * h->stride + kh) % h->kernel;
            const int32_t line = z < 0 || y < 0 ? -1 : z * h->size + y;
            const size_t from = (size_t)place * r->line;
            if (r->held[place] != line)
                lay(v, k, r, x, line, r->bytes + from);
            r->held[place] = line;
            for (size_t i = 0; i < of_line; i++)
                *at++ = (uint32_t)(from + i * tap);
        }
}

/* n channels from j on: what their sums begin with, then for each step the values of every lane. */
static void pack(const edsc_convolution *v, const edsc_packing *k, size_t run, size_t j, size_t n, uint32_t *to,
                 const uint32_t *end) {
    memset(to, 0, 4 * k->lanes);
    if (v->b)
        memcpy(to, (const uint8_t *)v->b + 4 * j, 4 * n);
    run = run % k->depth ? run : v->taps; /* those of whole steps are as one */
    edsc_pack_x86(k, (const uint8_t *)v->w + j * v->taps * k->size, n, v->taps * k->size, run * k->size, to + k->lanes);
    if (k->less)
        k->less(to, end, v->x_zero);
}

int edsc_convolve_packed(const edsc_convolution *v, const edsc_packing *k) {
    const edsc_axis *w = v->axis + 2;
    if (!k || v->groups > 1 || v->transposed || v->w_zero || v->pixels * k->depth <= LEAST_PIXELS)
        return 0;
    const size_t taps = w->dilation == 1 ? (size_t)w->kernel : 1, of_line = (size_t)w->kernel / taps; /* of a run */
    const size_t lines = (size_t)v->axis[0].kernel * (size_t)v->axis[1].kernel, pixel = v->c * 4 / k->depth;
    const size_t stride = (size_t)w->stride, reach = (size_t)((w->kernel - 1) * w->dilation) + 1;
    rows r; /* no initializer: it would clear the rows */
    const edsc_packed p = {r.at, lines * of_line, (taps * v->c + k->depth - 1) / k->depth, stride * pixel};
    const size_t block = k->lanes * (1 + p.runs * p.steps), blocks = WEIGHTS / block, room = ROWS / lines / pixel;
    size_t span = room < reach ? 0 : (room - reach) / stride + 1, n, count;
    span -= span % EDSC_PACKED_PIXELS;
    if (!blocks || p.runs > RUNS || !span)
        return 0;
    uint32_t packed[WEIGHTS] __attribute__((aligned(64)));
    for (size_t j = 0; j < v->o; j += n) {
        n = least(v->o - j, blocks * k->lanes);
        uint32_t *to = packed;
        for (size_t i = 0; i < n; i += k->lanes, to += block)
            pack(v, k, taps * v->c, j + i, least(n - i, k->lanes), to, to + block);
        const int8_t *x = v->x;
        for (size_t s = 0; s < v->n; s++, x += v->sizes[0] * v->sizes[1] * v->sizes[2] * v->c * k->size)
            for (size_t first = 0; first < (size_t)w->out; first += count) {
                count = least((size_t)w->out - first, span);
                r.first = (int32_t)first;
                r.columns = (int32_t)((((count - 1) | (EDSC_PACKED_PIXELS - 1))) * stride + reach);
                r.line = (size_t)r.columns * pixel;
                memset(r.held, -2, sizeof r.held); /* no line has such a number */
                int32_t out[2];
                for (out[0] = 0; out[0] < v->outs[0]; out[0]++)
                    for (out[1] = 0; out[1] < v->outs[1]; out[1]++) {
                        look(v, k, &r, x, out, of_line);
                        size_t at = s * v->pixels + (size_t)(out[0] * v->outs[1] + out[1]) * (size_t)w->out + first;
                        int8_t *y = (int8_t *)v->y + (at * v->o + j) * k->size;
                        to = packed;
                        for (size_t i = 0; i < n; i += k->lanes, to += block, y += k->lanes * k->size)
                            k->run(v, &p, r.bytes, to, j + i, least(n - i, k->lanes), y, count);
                    }
            }
    }
    return 1;
}
#endif
