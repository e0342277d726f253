/* svdf: a layer of filters of two factors, one over x and one over the features it remembers. */
#include "../svdf.h"
#include "../kernels.h"

static int check(const edsc_call *c) {
    int status = check_shapes(c);
    return status ? status : edsc_is_activation(edsc_svdf_activation(edsc_params(c))) ? EDSC_OK : EDSC_ERR_PARAM;
}

static void run(const edsc_call *c) {
    size_t n = edsc_dim(c, X, 0), k = edsc_dim(c, X, 1), filters = edsc_dim(c, WT, 0), memory = edsc_dim(c, WT, 1);
    size_t units = edsc_dim(c, Y, 1), rank = filters / units;
    const float *x = edsc_data(c, X), *wf = edsc_data(c, WF), *wt = edsc_data(c, WT), *b = edsc_optional(c, B);
    const float *state = edsc_data(c, STATE);
    float *y = edsc_data(c, Y), *new = edsc_data(c, NEW_STATE);
    int32_t activation = edsc_svdf_activation(edsc_params(c));
    for (size_t row = 0; row < n; row++, x += k)
        for (size_t unit = 0; unit < units; unit++) {
            float sum = 0;
            for (size_t f = unit * rank; f < (unit + 1) * rank; f++, state += memory, new += memory) {
                memcpy(new, state + 1, (memory - 1) * sizeof *new);
                edsc_dense_f32(x, 1, wf + f * k, NULL, new + memory - 1, 1, 1, k);
                float part;
                edsc_dense_f32(new, 1, wt + f * memory, NULL, &part, 1, 1, memory);
                sum += part;
            }
            *y++ = edsc_activate(activation, b ? sum + b[unit] : sum, 0, 0);
        }
}

const edsc_impl edsc_op_svdf = {.check = check, .run = run};
