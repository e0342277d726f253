/* hybrid.h: how layers of dynamic range make int8 of float numbers as they come; the same as edgescore/ops/_hybrid.py,
 * which says how. */
#ifndef EDSC_HYBRID_H
#define EDSC_HYBRID_H

#include "internal.h"

/* How a row became int8: NaN is the step of one that is not all finite. */
typedef struct edsc_steps {
    float step;
    int32_t zero;
} edsc_steps;

/* x [k] -> q [k]. */
edsc_steps edsc_hybrid_quantize(const float *x, size_t k, int asymmetric, int8_t *q);

/* CONSTANT for a scale [m] not finite, or weights [m, k] with which a sum could leave int32. */
int edsc_hybrid_check(const int8_t *w, const float *scale, size_t m, size_t k);

#endif
