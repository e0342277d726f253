/* activation.c: see activation.h. */
#include "activation.h"

#include <math.h>

float edsc_activate(int32_t kind, float x, float alpha, float beta) {
    float y;
    switch (kind) {
    case EDSC_ACTIVATION_SIGMOID:
        y = expf(-fabsf(x));
        return (x < 0 ? y : 1) / (1 + y);
    case EDSC_ACTIVATION_TANH:
        return tanhf(x);
    case EDSC_ACTIVATION_RELU:
        return x < 0 ? 0 : x;
    case EDSC_ACTIVATION_RELU6:
        return x < 0 ? 0 : x > 6 ? 6 : x;
    case EDSC_ACTIVATION_HARD_SIGMOID:
        y = alpha * x + beta;
        return y < 0 ? 0 : y > 1 ? 1 : y;
    case EDSC_ACTIVATION_LEAKY_RELU:
        return x < 0 ? alpha * x : x;
    case EDSC_ACTIVATION_ELU:
        return x < 0 ? alpha * expm1f(x) : x;
    case EDSC_ACTIVATION_SOFTSIGN:
        return x / (1 + fabsf(x));
    case EDSC_ACTIVATION_SOFTPLUS:
        return log1pf(expf(-fabsf(x))) + (x > 0 ? x : 0);
    default:
        return x;
    }
}
