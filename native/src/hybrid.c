/* hybrid.c: see hybrid.h. */
#include "hybrid.h"

#include <float.h>
#include <math.h>

#define TINY 1e-35f /* below, scales would leave the normal numbers */

int edsc_hybrid_check(const int8_t *w, const float *scale, size_t m, size_t k) {
    for (size_t j = 0; j < m; j++) {
        int64_t sum = 0;
        for (size_t i = 0; i < k; i++, w++)
            sum += 255 * (*w < 0 ? -*w : *w);
        if (sum > INT32_MAX || !(fabsf(scale[j]) <= FLT_MAX))
            return EDSC_ERR_CONSTANT;
    }
    return EDSC_OK;
}

edsc_steps edsc_hybrid_quantize(const float *x, size_t k, int asymmetric, int8_t *q) {
    float low = 0, high = 0, inverse;
    edsc_steps to = {1, 0};
    int finite = 1;
    for (size_t i = 0; i < k; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
        finite &= fabsf(x[i]) <= FLT_MAX;
    }
    float largest = -low > high ? -low : high, span = asymmetric ? high - low : largest;
    if (!finite || span < TINY) {
        memset(q, 0, k);
        to.step = finite ? 1 : NAN;
        return to;
    }
    if (asymmetric) {
        double step = (double)span / 255, from_low = -128 - low / step, from_high = 127 - high / step;
        double zero = 128 + fabs(low / step) < 127 + fabs(high / step) ? from_low : from_high;
        to.zero = (int32_t)round(zero < -128 ? -128 : zero > 127 ? 127 : zero);
        to.step = (float)step;
        inverse = 1 / to.step;
    } else {
        to.step = largest / 127;
        inverse = 127 / largest;
    }
    float least = asymmetric ? -128 : -127;
    for (size_t i = 0; i < k; i++) {
        float value = roundf((float)to.zero + x[i] * inverse);
        q[i] = (int8_t)(value < least ? least : value > 127 ? 127 : value);
    }
    return to;
}
