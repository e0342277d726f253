/* gru: a layer of gated recurrent units as ONNX's GRU, one direction; gates in the order update, reset, hidden. The
 * last h is the running one; the scratch memory holds the gates of a row, and behind them what the hidden gate needs.
 */
#include "../kernels.h"
#include "../recurrent.h"

enum { X, W, R, B, BR, INITIAL_H, Y, Y_H, SCRATCH };

static int check(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    int status = edsc_check_layer(c, 3, Y);
    if (status)
        return status;
    edsc_layer l = edsc_layer_of(c);
    if (!edsc_has_shape(c, B, 3 * l.h, 0, 0) || !edsc_has_shape(c, BR, l.h, 0, 0) ||
        !edsc_has_shape(c, INITIAL_H, l.n, l.h, 0) || !edsc_has_shape(c, SCRATCH, 4 * l.h, 0, 0) ||
        (edsc_has(c, BR) && !edsc_gru_linear_before_reset(p)))
        return EDSC_ERR_SHAPE;
    int valid = edsc_is_activation(edsc_gru_activation_f(p)) && edsc_is_activation(edsc_gru_activation_g(p)) &&
                edsc_gru_clip(p) >= 0;
    return valid ? EDSC_OK : EDSC_ERR_PARAM;
}

static float gate(const uint8_t *p, float sum) {
    return edsc_activate(edsc_gru_activation_f(p), edsc_clipped(sum, edsc_gru_clip(p)), edsc_gru_alpha_f(p),
                         edsc_gru_beta_f(p));
}

/* From the sums of the gates of a row, without what h adds to the hidden one, to its h. */
static void update(const uint8_t *p, const float *r, const float *br, float *sums, float *h, size_t size) {
    float *hidden = sums + 2 * size, *inner = sums + 3 * size;
    const float *reset = sums + size, *r_hidden = r + 2 * size * size;
    if (edsc_gru_linear_before_reset(p)) {
        edsc_dense_f32(h, 1, r_hidden, br, inner, size, size, size);
        for (size_t j = 0; j < size; j++)
            hidden[j] += gate(p, reset[j]) * inner[j];
    } else {
        for (size_t j = 0; j < size; j++)
            inner[j] = gate(p, reset[j]) * h[j];
        edsc_dense_f32(inner, 1, r_hidden, hidden, hidden, size, size, size);
    }
    for (size_t j = 0; j < size; j++) {
        float keep = gate(p, sums[j]);
        float new = edsc_activate(edsc_gru_activation_g(p), edsc_clipped(hidden[j], edsc_gru_clip(p)),
                                  edsc_gru_alpha_g(p), edsc_gru_beta_g(p));
        h[j] = (1 - keep) * new + keep * h[j];
    }
}

static void run(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    edsc_layer l = edsc_layer_of(c);
    const float *x = edsc_data(c, X), *w = edsc_data(c, W), *r = edsc_data(c, R), *b = edsc_optional(c, B);
    const float *br = edsc_optional(c, BR);
    float *y = edsc_data(c, Y), *h = edsc_data(c, Y_H), *sums = edsc_data(c, SCRATCH);
    size_t state = l.n * l.h, all = edsc_dim(c, Y, 0) == l.t;
    edsc_start(c, INITIAL_H, h, state * sizeof *h);
    for (size_t step = 0; step < l.t; step++) {
        size_t at = edsc_gru_reverse(p) ? l.t - 1 - step : step;
        for (size_t row = 0; row < l.n; row++) {
            edsc_dense_f32(x + (at * l.n + row) * l.i, 1, w, b, sums, 3 * l.h, 3 * l.h, l.i);
            edsc_dense_f32(h + row * l.h, 1, r, sums, sums, 2 * l.h, 2 * l.h, l.h);
            update(p, r, br, sums, h + row * l.h, l.h);
        }
        memcpy(y + (all ? at * state : 0), h, state * sizeof *y);
    }
}

const edsc_impl edsc_op_gru = {.check = check, .run = run};
