/* lstm: a long short-term memory layer as ONNX's LSTM, one direction; gates in the order input, output, forget, cell.
 * The last h and c are the running ones, and the scratch memory holds the gates of a row. */
#include "../kernels.h"
#include "../recurrent.h"

enum { X, W, R, B, INITIAL_H, INITIAL_C, PEEPHOLES, Y, Y_H, Y_C, SCRATCH };

static int check(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    int status = edsc_check_layer(c, 4, Y);
    if (status)
        return status;
    edsc_layer l = edsc_layer_of(c);
    if (!edsc_has_shape(c, B, 4 * l.h, 0, 0) || !edsc_has_shape(c, INITIAL_H, l.n, l.h, 0) ||
        !edsc_has_shape(c, INITIAL_C, l.n, l.h, 0) || !edsc_has_shape(c, PEEPHOLES, 3 * l.h, 0, 0) ||
        !edsc_has_shape(c, Y_C, l.n, l.h, 0) || !edsc_has_shape(c, SCRATCH, 4 * l.h, 0, 0))
        return EDSC_ERR_SHAPE;
    int valid = edsc_is_activation(edsc_lstm_activation_f(p)) && edsc_is_activation(edsc_lstm_activation_g(p)) &&
                edsc_is_activation(edsc_lstm_activation_h(p)) && edsc_lstm_clip(p) >= 0 && edsc_lstm_cell_clip(p) >= 0;
    return valid ? EDSC_OK : EDSC_ERR_PARAM;
}

static float gate(const uint8_t *p, float sum, const float *peephole, size_t j, float cell) {
    if (peephole)
        sum += peephole[j] * cell;
    return edsc_activate(edsc_lstm_activation_f(p), edsc_clipped(sum, edsc_lstm_clip(p)), edsc_lstm_alpha_f(p),
                         edsc_lstm_beta_f(p));
}

/* From the sums of the gates of a row to its h and c. */
static void update(const uint8_t *p, const float *sums, const float *peepholes, float *h, float *cell, size_t size) {
    const float *p_i = peepholes, *p_o = p_i ? p_i + size : NULL, *p_f = p_i ? p_i + 2 * size : NULL;
    for (size_t j = 0; j < size; j++) {
        float in = gate(p, sums[j], p_i, j, cell[j]);
        float keep = edsc_lstm_input_forget(p) ? 1 - in : gate(p, sums[2 * size + j], p_f, j, cell[j]);
        float add = edsc_activate(edsc_lstm_activation_g(p), edsc_clipped(sums[3 * size + j], edsc_lstm_clip(p)),
                                  edsc_lstm_alpha_g(p), edsc_lstm_beta_g(p));
        cell[j] = edsc_clipped(keep * cell[j] + in * add, edsc_lstm_cell_clip(p));
        h[j] = gate(p, sums[size + j], p_o, j, cell[j]) *
               edsc_activate(edsc_lstm_activation_h(p), cell[j], edsc_lstm_alpha_h(p), edsc_lstm_beta_h(p));
    }
}

static void run(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    edsc_layer l = edsc_layer_of(c);
    const float *x = edsc_data(c, X), *w = edsc_data(c, W), *r = edsc_data(c, R), *b = edsc_optional(c, B);
    const float *peepholes = edsc_optional(c, PEEPHOLES);
    float *y = edsc_data(c, Y), *h = edsc_data(c, Y_H), *cell = edsc_data(c, Y_C), *sums = edsc_data(c, SCRATCH);
    size_t state = l.n * l.h, all = edsc_dim(c, Y, 0) == l.t;
    edsc_start(c, INITIAL_H, h, state * sizeof *h);
    edsc_start(c, INITIAL_C, cell, state * sizeof *cell);
    for (size_t step = 0; step < l.t; step++) {
        size_t at = edsc_lstm_reverse(p) ? l.t - 1 - step : step;
        for (size_t row = 0; row < l.n; row++) {
            edsc_dense_f32(x + (at * l.n + row) * l.i, 1, w, b, sums, 4 * l.h, 4 * l.h, l.i);
            edsc_dense_f32(h + row * l.h, 1, r, sums, sums, 4 * l.h, 4 * l.h, l.h);
            update(p, sums, peepholes, h + row * l.h, cell + row * l.h, l.h);
        }
        memcpy(y + (all ? at * state : 0), h, state * sizeof *y);
    }
}

const edsc_impl edsc_op_lstm = {.check = check, .run = run};
