/* window.c: see window.h. */
#include "window.h"

/* Three parameters, of depth, height and width. */
static void three(const edsc_call *c, unsigned first, int32_t out[3]) { memcpy(out, edsc_params(c) + 4 * first, 12); }

static int is_step(int32_t value) { return value >= 1 && value <= (int32_t)EDSC_MAX_BYTES; }

int edsc_window(const edsc_call *c, unsigned x, unsigned y, const int32_t kernel[3], edsc_axis axis[3]) {
    unsigned rank = edsc_rank(c, x), missing = 5 - rank;
    int32_t stride[3], dilation[3], pad[3];
    if (rank < 3 || rank > 5 || edsc_rank(c, y) != rank || edsc_dim(c, x, 0) != edsc_dim(c, y, 0))
        return EDSC_ERR_SHAPE;
    three(c, 0, stride);
    three(c, 3, dilation);
    three(c, 6, pad);
    for (unsigned i = 0; i < 3; i++)
        if (!is_step(stride[i]) || !is_step(dilation[i]) || kernel[i] < 1 || pad[i] < 0 ||
            (i < missing && (pad[i] || kernel[i] > 1)))
            return EDSC_ERR_PARAM;
    uint64_t elements = (uint64_t)edsc_dim(c, x, 0) * edsc_dim(c, x, rank - 1);
    for (unsigned i = 0; i < 3; i++) {
        axis[i] = (edsc_axis){1, 1, kernel[i], stride[i], dilation[i], pad[i]};
        if (i >= missing) {
            axis[i].size = (int32_t)edsc_dim(c, x, i - missing + 1);
            axis[i].out = (int32_t)edsc_dim(c, y, i - missing + 1);
        }
        uint64_t extent = (uint64_t)(kernel[i] - 1) * (uint64_t)dilation[i] + 1;
        uint64_t reach = (uint64_t)(axis[i].out - 1) * (uint64_t)stride[i] + extent;
        uint64_t inside = (uint64_t)pad[i] + (uint64_t)axis[i].size;
        uint64_t span = reach > inside ? reach : inside;
        if (elements > EDSC_MAX_BYTES || span > EDSC_MAX_BYTES || (elements *= span) > EDSC_MAX_BYTES)
            return EDSC_ERR_SHAPE;
    }
    return EDSC_OK;
}

int edsc_pool_window(const edsc_call *c, edsc_axis axis[3]) {
    int32_t kernel[3];
    three(c, 9, kernel);
    int status = edsc_window(c, 0, 1, kernel, axis);
    if (status)
        return status;
    for (const edsc_axis *a = axis; a < axis + 3; a++)
        if (edsc_first_tap(a, a->out - 1) >= a->size || a->pad > (a->kernel - 1) * a->dilation ||
            (a->pad && a->dilation > a->size))
            return EDSC_ERR_SHAPE;
    return edsc_dim(c, 0, edsc_rank(c, 0) - 1) == edsc_dim(c, 1, edsc_rank(c, 1) - 1) ? EDSC_OK : EDSC_ERR_SHAPE;
}

/* Taps of window `out` between the padding in front and `pad_end` elements behind the end. */
static uint32_t declared(const edsc_axis *a, int32_t out, int32_t pad_end) {
    int32_t left = a->size - edsc_first_tap(a, out);
    uint32_t taps = ((uint32_t)(left + pad_end) + (uint32_t)a->dilation - 1) / (uint32_t)a->dilation;
    return taps < (uint32_t)a->kernel ? taps : (uint32_t)a->kernel;
}

typedef struct pool {
    const edsc_call *c;
    edsc_pool_add *add;
    size_t channels, size; /* bytes of an element */
    edsc_axis axis[3];
    int32_t out[3], begin[3], end[3];
} pool;

/* One run of channels of one window: x is at the run in the first pixel of the sample. */
static void add_taps(const pool *p, const uint8_t *x, size_t n, void *sums) {
    int first = 1;
    for (int32_t kd = p->begin[0]; kd < p->end[0]; kd++)
        for (int32_t kh = p->begin[1]; kh < p->end[1]; kh++)
            for (int32_t kw = p->begin[2]; kw < p->end[2]; kw++) {
                const int32_t tap[3] = {kd, kh, kw};
                size_t at = 0;
                for (unsigned i = 0; i < 3; i++) {
                    const edsc_axis *a = p->axis + i;
                    at = at * (size_t)a->size + (size_t)(edsc_first_tap(a, p->out[i]) + tap[i] * a->dilation);
                }
                p->add(p->c, sums, x + at * p->channels * p->size, n, first);
                first = 0;
            }
}

void edsc_pool(const edsc_call *c, const int32_t *pad_end, edsc_pool_add *add, edsc_pool_end *end) {
    pool p = {.c = c, .add = add, .channels = edsc_dim(c, 0, edsc_rank(c, 0) - 1)};
    (void)edsc_pool_window(c, p.axis);
    p.size = edsc_dtype_size[edsc_tensor_dtype(edsc_operand(c, 0))];
    const uint8_t *x = edsc_data(c, 0);
    uint8_t *y = edsc_data(c, 1);
    size_t samples = edsc_dim(c, 0, 0), sample = edsc_elements(c, 0) / samples * p.size;
    union {
        double real[EDSC_POOL_CHANNELS];
        int32_t whole[EDSC_POOL_CHANNELS];
    } sums;
    for (; samples; samples--, x += sample)
        for (p.out[0] = 0; p.out[0] < p.axis[0].out; p.out[0]++)
            for (p.out[1] = 0; p.out[1] < p.axis[1].out; p.out[1]++)
                for (p.out[2] = 0; p.out[2] < p.axis[2].out; p.out[2]++) {
                    uint32_t count = 1;
                    for (unsigned i = 0; i < 3; i++) {
                        edsc_taps(p.axis + i, p.out[i], p.begin + i, p.end + i);
                        count *=
                            pad_end ? declared(p.axis + i, p.out[i], pad_end[i]) : (uint32_t)(p.end[i] - p.begin[i]);
                    }
                    for (size_t j = 0, n; j < p.channels; j += n, y += n * p.size) {
                        n = p.channels - j < EDSC_POOL_CHANNELS ? p.channels - j : EDSC_POOL_CHANNELS;
                        add_taps(&p, x + j * p.size, n, &sums);
                        end(c, &sums, y, n, count);
                    }
                }
}

int edsc_avg_pool_check(const edsc_call *c) {
    int32_t pad_end[3];
    three(c, 12, pad_end);
    for (unsigned i = 0; i < 3; i++)
        if (pad_end[i] < 0 || pad_end[i] > (int32_t)EDSC_MAX_BYTES)
            return EDSC_ERR_PARAM;
    edsc_axis axis[3];
    return edsc_pool_window(c, axis);
}

void edsc_avg_pool(const edsc_call *c, edsc_pool_add *add, edsc_pool_end *end) {
    int32_t pad_end[3];
    three(c, 12, pad_end);
    edsc_pool(c, edsc_avg_pool_count_include_pad(edsc_params(c)) ? pad_end : NULL, add, end);
}
