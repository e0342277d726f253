/* scatter.h: what operators that write at computed places share: what becomes of the value that is there. */
#ifndef EDSC_SCATTER_H
#define EDSC_SCATTER_H

#include "walk.h"

enum { EDSC_REPLACE, EDSC_ADD, EDSC_MULTIPLY, EDSC_MINIMUM, EDSC_MAXIMUM };

static inline int edsc_check_reduction(int32_t reduction) {
    return reduction >= EDSC_REPLACE && reduction <= EDSC_MAXIMUM ? EDSC_OK : EDSC_ERR_PARAM;
}

/* y[i] = y[i] (reduction) x[i] for `count` elements of a dtype. Integers wrap around; NaN wins over numbers. */
void edsc_scatter(unsigned dtype, int32_t reduction, const uint8_t *x, uint8_t *y, size_t count);

#endif
