/* lstm_int8: an LSTM layer with int8 values and weights, 16-bit gates and cell; gates in the order input, output,
 * forget, cell. The last h and c are the running ones, and the scratch memory holds the gates of a row. */
#include "../kernels.h"
#include "../q15.h"
#include "../recurrent.h"

enum { X, W, R, B, BR, MULTIPLIERS, SHIFTS, INITIAL_H, INITIAL_C, Y, Y_H, Y_C, SCRATCH };
enum { CHUNK = 16 }; /* sums at a time */

static int check_weights(const edsc_call *c, unsigned w, unsigned b, unsigned side, size_t k, size_t size) {
    const int8_t *weights = edsc_data(c, w);
    const int32_t *bias = edsc_data(c, b), *multiplier = edsc_data(c, MULTIPLIERS), *shift = edsc_data(c, SHIFTS);
    for (size_t j = 0; j < 4 * size; j++, weights += k)
        if (!edsc_scalable(weights, k, 128, bias[j], multiplier[4 * side + j / size], shift[4 * side + j / size]))
            return EDSC_ERR_CONSTANT;
    return EDSC_OK;
}

static int check(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    int status = edsc_check_layer(c, 4, Y);
    if (status)
        return status;
    edsc_layer l = edsc_layer_of(c);
    if (!edsc_has_shape(c, B, 4 * l.h, 0, 0) || !edsc_has_shape(c, BR, 4 * l.h, 0, 0) ||
        !edsc_has_shape(c, MULTIPLIERS, 2, 4, 0) || !edsc_has_shape(c, SHIFTS, 2, 4, 0) ||
        !edsc_has_shape(c, INITIAL_H, l.n, l.h, 0) || !edsc_has_shape(c, INITIAL_C, l.n, l.h, 0) ||
        !edsc_has_shape(c, Y_C, l.n, l.h, 0) || !edsc_has_shape(c, SCRATCH, 4 * l.h, 0, 0))
        return EDSC_ERR_SHAPE;
    int32_t zero = edsc_lstm_int8_h_zero(p), shift = edsc_lstm_int8_h_shift(p);
    int32_t exponent = edsc_lstm_int8_cell_exponent(p), clip = edsc_lstm_int8_cell_clip(p);
    if (zero < INT8_MIN || zero > INT8_MAX || edsc_lstm_int8_h_multiplier(p) < 0 || shift < -31 || shift > 0 ||
        exponent < -15 || exponent > -10 || clip < 0 || clip > INT16_MAX)
        return EDSC_ERR_PARAM;
    status = check_weights(c, W, B, 0, l.i, l.h);
    return status ? status : check_weights(c, R, BR, 1, l.h, l.h);
}

/* gates = scaled sums of x w^T + b, on top of what is there already if `add`. */
static void accumulate(const int8_t *x, const int8_t *w, const int32_t *b, const int32_t *multiplier,
                       const int32_t *shift, size_t k, size_t size, int16_t *gates, int add) {
    int32_t sums[CHUNK];
    for (size_t first = 0; first < 4 * size; first += CHUNK) {
        size_t count = 4 * size - first < CHUNK ? 4 * size - first : CHUNK;
        edsc_dense_i8(x, 1, w + first * k, b + first, sums, count, count, k);
        for (size_t j = 0; j < count; j++) {
            size_t gate = (first + j) / size;
            int64_t value = edsc_scaled(sums[j], multiplier[gate], shift[gate]);
            gates[first + j] = (int16_t)edsc_held16(add ? gates[first + j] + value : value);
        }
    }
}

/* From the gates of a row to its h and c. */
static void update(const uint8_t *p, const int16_t *gates, int8_t *h, int16_t *cell, size_t size) {
    int32_t exponent = edsc_lstm_int8_cell_exponent(p), clip = edsc_lstm_int8_cell_clip(p);
    for (size_t j = 0; j < size; j++) {
        int32_t in = edsc_sigmoid_q15(gates[j]), out = edsc_sigmoid_q15(gates[size + j]);
        int32_t keep = edsc_sigmoid_q15(gates[2 * size + j]), add = edsc_tanh_q15(gates[3 * size + j], 3);
        int32_t next = edsc_held16(edsc_halved(keep * cell[j], 15) + edsc_halved(in * add, 30 + exponent));
        if (clip)
            next = next < -clip ? -clip : next > clip ? clip : next;
        cell[j] = (int16_t)next;
        int32_t hidden = edsc_scaled(out * edsc_tanh_q15(next, 15 + exponent), edsc_lstm_int8_h_multiplier(p),
                                     edsc_lstm_int8_h_shift(p));
        hidden += edsc_lstm_int8_h_zero(p);
        h[j] = (int8_t)(hidden < INT8_MIN ? INT8_MIN : hidden > INT8_MAX ? INT8_MAX : hidden);
    }
}

static void run(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    edsc_layer l = edsc_layer_of(c);
    const int8_t *x = edsc_data(c, X), *w = edsc_data(c, W), *r = edsc_data(c, R);
    const int32_t *b = edsc_data(c, B), *br = edsc_data(c, BR);
    const int32_t *multipliers = edsc_data(c, MULTIPLIERS), *shifts = edsc_data(c, SHIFTS);
    int8_t *y = edsc_data(c, Y), *h = edsc_data(c, Y_H);
    int16_t *cell = edsc_data(c, Y_C), *gates = edsc_data(c, SCRATCH);
    size_t state = l.n * l.h, all = edsc_dim(c, Y, 0) == l.t;
    edsc_start(c, INITIAL_H, h, state * sizeof *h);
    edsc_start(c, INITIAL_C, cell, state * sizeof *cell);
    for (size_t step = 0; step < l.t; step++) {
        for (size_t row = 0; row < l.n; row++, x += l.i) {
            accumulate(x, w, b, multipliers, shifts, l.i, l.h, gates, 0);
            accumulate(h + row * l.h, r, br, multipliers + 4, shifts + 4, l.h, l.h, gates, 1);
            update(p, gates, h + row * l.h, cell + row * l.h, l.h);
        }
        memcpy(y + (all ? step * state : 0), h, state * sizeof *y);
    }
}

const edsc_impl edsc_op_lstm_int8 = {.check = check, .run = run};
