/* dense_hybrid: y = x w^T + b of float x and int8 w; every row of x becomes int8, in the scratch memory, by a scale of
 * its own. */
#include "../hybrid.h"
#include "../kernels.h"

enum { CHUNK = 16 }; /* sums at a time */

static int check(const edsc_call *c) {
    if ((uint32_t)edsc_dense_hybrid_asymmetric(edsc_params(c)) > 1)
        return EDSC_ERR_PARAM;
    return edsc_hybrid_check(edsc_data(c, 1), edsc_data(c, 2), edsc_dim(c, 1, 0), edsc_dim(c, 1, 1));
}

static void run(const edsc_call *c) {
    size_t rows = edsc_rows(c, 0), k = edsc_dim(c, 0, 1), m = edsc_dim(c, 1, 0);
    int asymmetric = edsc_dense_hybrid_asymmetric(edsc_params(c)) != 0;
    const float *x = edsc_data(c, 0), *scale = edsc_data(c, 2), *b = edsc_has(c, 3) ? edsc_data(c, 3) : NULL;
    const int8_t *w = edsc_data(c, 1);
    float *y = edsc_data(c, 4);
    int8_t *q = edsc_data(c, 5);
    for (size_t row = 0; row < rows; row++, x += k, q += k) {
        edsc_steps to = edsc_hybrid_quantize(x, k, asymmetric, q);
        for (size_t j = 0; j < m; j += CHUNK) {
            int32_t sums[CHUNK];
            size_t count = m - j < CHUNK ? m - j : CHUNK;
            edsc_dense_i8(q, 1, w + j * k, NULL, sums, count, count, k);
            for (size_t at = j; at < j + count; at++) {
                if (to.zero)
                    for (size_t i = 0; i < k; i++)
                        sums[at - j] -= to.zero * w[at * k + i];
                *y++ = (float)sums[at - j] * (to.step * scale[at]) + (b ? b[at] : 0);
            }
        }
    }
}

const edsc_impl edsc_op_dense_hybrid = {.check = check, .run = run};
