/* activation.h: the activations that recurrent operators name by number, as ACTIVATIONS of edgescore/ops/_recurrent.py.
 */
#ifndef EDSC_ACTIVATION_H
#define EDSC_ACTIVATION_H

#include <stdint.h>

enum {
    EDSC_ACTIVATION_NONE,
    EDSC_ACTIVATION_SIGMOID,
    EDSC_ACTIVATION_TANH,
    EDSC_ACTIVATION_RELU,
    EDSC_ACTIVATION_RELU6,
    EDSC_ACTIVATION_HARD_SIGMOID,
    EDSC_ACTIVATION_LEAKY_RELU,
    EDSC_ACTIVATION_ELU,
    EDSC_ACTIVATION_SOFTSIGN,
    EDSC_ACTIVATION_SOFTPLUS,
    EDSC_ACTIVATION_COUNT
};

float edsc_activate(int32_t kind, float x, float alpha, float beta);

#endif
