/* svdf_int8: svdf with int8 values, a 16-bit state and integer scaling; the sum of a unit wraps at 32 bits. */
#include "../q15.h"
#include "../svdf.h"

static int is_int8(int32_t value) { return value >= INT8_MIN && value <= INT8_MAX; }

static int check(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    int status = check_shapes(c);
    if (status)
        return status;
    int32_t lo = edsc_svdf_int8_lo(p), hi = edsc_svdf_int8_hi(p), shift = edsc_svdf_int8_shift(p);
    int32_t feature_multiplier = edsc_svdf_int8_feature_multiplier(p), feature_shift = edsc_svdf_int8_feature_shift(p);
    if (!is_int8(edsc_svdf_int8_x_zero(p)) || !is_int8(edsc_svdf_int8_y_zero(p)) || !is_int8(lo) || !is_int8(hi) ||
        lo > hi || edsc_svdf_int8_multiplier(p) < 0 || shift < -31 || shift > 0 || feature_multiplier < 0 ||
        feature_shift < -31 || feature_shift > 30)
        return EDSC_ERR_PARAM;
    size_t k = edsc_dim(c, WF, 1);
    const int8_t *w = edsc_data(c, WF);
    for (size_t f = edsc_dim(c, WF, 0); f; f--, w += k)
        if (!edsc_scalable(w, k, 255, 0, feature_multiplier, feature_shift))
            return EDSC_ERR_CONSTANT;
    return EDSC_OK;
}

static int16_t feature(const uint8_t *p, const int8_t *x, const int8_t *w, size_t k) {
    int32_t sum = 0;
    for (size_t i = 0; i < k; i++)
        sum += w[i] * (x[i] - edsc_svdf_int8_x_zero(p));
    return (int16_t)edsc_held16(
        edsc_scaled(sum, edsc_svdf_int8_feature_multiplier(p), edsc_svdf_int8_feature_shift(p)));
}

static void run(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    size_t n = edsc_dim(c, X, 0), k = edsc_dim(c, X, 1), filters = edsc_dim(c, WT, 0), memory = edsc_dim(c, WT, 1);
    size_t units = edsc_dim(c, Y, 1), rank = filters / units;
    const int8_t *x = edsc_data(c, X), *wf = edsc_data(c, WF);
    const int16_t *wt = edsc_data(c, WT), *state = edsc_data(c, STATE);
    const int32_t *b = edsc_optional(c, B);
    int8_t *y = edsc_data(c, Y);
    int16_t *new = edsc_data(c, NEW_STATE);
    int32_t lo = edsc_svdf_int8_lo(p), hi = edsc_svdf_int8_hi(p);
    for (size_t row = 0; row < n; row++, x += k)
        for (size_t unit = 0; unit < units; unit++) {
            uint32_t sum = b ? (uint32_t)b[unit] : 0;
            for (size_t f = unit * rank; f < (unit + 1) * rank; f++, state += memory, new += memory) {
                memcpy(new, state + 1, (memory - 1) * sizeof *new);
                new[memory - 1] = feature(p, x, wf + f * k, k);
                for (size_t i = 0; i < memory; i++)
                    sum += (uint32_t)(new[i] * wt[f * memory + i]);
            }
            int32_t value = edsc_scaled((int32_t)sum, edsc_svdf_int8_multiplier(p), edsc_svdf_int8_shift(p));
            value += edsc_svdf_int8_y_zero(p);
            *y++ = (int8_t)(value < lo ? lo : value > hi ? hi : value);
        }
}

const edsc_impl edsc_op_svdf_int8 = {.check = check, .run = run};
