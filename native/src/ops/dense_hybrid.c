/* dense_hybrid: y = x w^T + b of float x and int8 w; every row of x becomes int8, in the scratch memory, by a scale of
 * its own. */
#include <float.h>
#include <math.h>

#include "../internal.h"
#include "../kernels.h"

#define TINY 1e-35f  /* below, scales would leave the normal numbers */
enum { CHUNK = 16 }; /* sums at a time */

static int check(const edsc_call *c) {
    if ((uint32_t)edsc_dense_hybrid_asymmetric(edsc_params(c)) > 1)
        return EDSC_ERR_PARAM;
    size_t m = edsc_dim(c, 1, 0), k = edsc_dim(c, 1, 1);
    const int8_t *w = edsc_data(c, 1);
    const float *scale = edsc_data(c, 2);
    for (size_t j = 0; j < m; j++) {
        int64_t sum = 0;
        for (size_t i = 0; i < k; i++, w++)
            sum += 255 * (*w < 0 ? -*w : *w);
        if (sum > INT32_MAX || !(fabsf(scale[j]) <= FLT_MAX))
            return EDSC_ERR_CONSTANT;
    }
    return EDSC_OK;
}

/* How a row became int8. */
typedef struct {
    float scale;
    int32_t zero;
} form;

static form quantize(const float *x, size_t k, int asymmetric, int8_t *q) {
    float low = 0, high = 0, inverse;
    form to = {1, 0};
    int finite = 1;
    for (size_t i = 0; i < k; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
        finite &= fabsf(x[i]) <= FLT_MAX;
    }
    float largest = -low > high ? -low : high;
    if (!finite || (asymmetric ? (double)high - low : (double)largest) < (double)TINY) {
        memset(q, 0, k);
        to.scale = finite ? 1 : NAN;
        return to;
    }
    if (asymmetric) {
        double step = ((double)high - low) / 255, from_low = -128 - low / step, from_high = 127 - high / step;
        double zero = 128 + fabs(low / step) < 127 + fabs(high / step) ? from_low : from_high;
        to.zero = (int32_t)round(zero < -128 ? -128 : zero > 127 ? 127 : zero);
        to.scale = (float)step;
        inverse = 1 / to.scale;
    } else {
        to.scale = largest / 127;
        inverse = 127 / largest;
    }
    float least = asymmetric ? -128 : -127;
    for (size_t i = 0; i < k; i++) {
        float value = roundf((float)to.zero + x[i] * inverse);
        q[i] = (int8_t)(value < least ? least : value > 127 ? 127 : value);
    }
    return to;
}

static void run(const edsc_call *c) {
    size_t rows = edsc_rows(c, 0), k = edsc_dim(c, 0, 1), m = edsc_dim(c, 1, 0);
    int asymmetric = edsc_dense_hybrid_asymmetric(edsc_params(c)) != 0;
    const float *x = edsc_data(c, 0), *scale = edsc_data(c, 2), *b = edsc_has(c, 3) ? edsc_data(c, 3) : NULL;
    const int8_t *w = edsc_data(c, 1);
    float *y = edsc_data(c, 4);
    int8_t *q = edsc_data(c, 5);
    for (size_t row = 0; row < rows; row++, x += k, q += k) {
        form to = quantize(x, k, asymmetric, q);
        for (size_t j = 0; j < m; j += CHUNK) {
            int32_t sums[CHUNK];
            size_t count = m - j < CHUNK ? m - j : CHUNK;
            EDSC_KERNEL(gemv_i8)(q, w + j * k, NULL, sums, count, k);
            for (size_t at = j; at < j + count; at++) {
                if (to.zero)
                    for (size_t i = 0; i < k; i++)
                        sums[at - j] -= to.zero * w[at * k + i];
                *y++ = (float)sums[at - j] * (to.scale * scale[at]) + (b ? b[at] : 0);
            }
        }
    }
}

const edsc_impl edsc_op_dense_hybrid = {.check = check, .run = run};
