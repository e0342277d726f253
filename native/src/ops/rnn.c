/* rnn: a simple recurrent layer as ONNX's RNN, one direction: h = activation(x w^T + h r^T + b), clipped before it. The
 * last h is the running one; the scratch memory holds the sums of a row. */
#include "../kernels.h"
#include "../recurrent.h"

enum { X, W, R, B, INITIAL_H, Y, Y_H, SCRATCH };

static int check(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    int status = edsc_check_layer(c, 1, Y);
    if (status)
        return status;
    edsc_layer l = edsc_layer_of(c);
    if (!edsc_has_shape(c, B, l.h, 0, 0) || !edsc_has_shape(c, INITIAL_H, l.n, l.h, 0) ||
        !edsc_has_shape(c, SCRATCH, l.h, 0, 0))
        return EDSC_ERR_SHAPE;
    return edsc_is_activation(edsc_rnn_activation_f(p)) && edsc_rnn_clip(p) >= 0 ? EDSC_OK : EDSC_ERR_PARAM;
}

static void run(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    edsc_layer l = edsc_layer_of(c);
    const float *x = edsc_data(c, X), *w = edsc_data(c, W), *r = edsc_data(c, R), *b = edsc_optional(c, B);
    float *y = edsc_data(c, Y), *h = edsc_data(c, Y_H), *sums = edsc_data(c, SCRATCH);
    size_t state = l.n * l.h, all = edsc_dim(c, Y, 0) == l.t;
    edsc_start(c, INITIAL_H, h, state * sizeof *h);
    for (size_t step = 0; step < l.t; step++) {
        size_t at = edsc_rnn_reverse(p) ? l.t - 1 - step : step;
        for (size_t row = 0; row < l.n; row++) {
            edsc_dense_f32(x + (at * l.n + row) * l.i, 1, w, b, sums, l.h, l.h, l.i);
            edsc_dense_f32(h + row * l.h, 1, r, sums, sums, l.h, l.h, l.h);
            for (size_t j = 0; j < l.h; j++)
                h[row * l.h + j] = edsc_activate(edsc_rnn_activation_f(p), edsc_clipped(sums[j], edsc_rnn_clip(p)),
                                                 edsc_rnn_alpha_f(p), edsc_rnn_beta_f(p));
        }
        memcpy(y + (all ? at * state : 0), h, state * sizeof *y);
    }
}

const edsc_impl edsc_op_rnn = {.check = check, .run = run};
