/* columns.h: what the operators with a table for each column share: column j's part is from offsets[j] to offsets[j +
 * 1]. Also what "missing" means, and that NaN equals NaN where values are categories. */
#ifndef EDSC_COLUMNS_H
#define EDSC_COLUMNS_H

#include "internal.h"

/* SHAPE unless operand `index` has columns + 1 offsets, CONSTANT unless they ascend from 0 to total. */
static inline int edsc_check_offsets(const edsc_call *c, unsigned index, uint32_t columns, uint32_t total) {
    const int32_t *offsets = edsc_data(c, index);
    if (edsc_dim(c, index, 0) != columns + 1)
        return EDSC_ERR_SHAPE;
    for (uint32_t j = 0; j < columns; j++)
        if (offsets[j + 1] < offsets[j])
            return EDSC_ERR_CONSTANT;
    return offsets[0] == 0 && (uint32_t)offsets[columns] == total ? EDSC_OK : EDSC_ERR_CONSTANT;
}

/* Parameters of impute and missing_indicator: a switch, and a sentinel that equals something. */
static inline int edsc_check_missing(double missing, int32_t is_nan) {
    return (is_nan == 0 || is_nan == 1) && missing == missing ? EDSC_OK : EDSC_ERR_PARAM;
}

#define EDSC_SAME_CATEGORY(a, b) ((a) == (b) || ((a) != (a) && (b) != (b)))
#endif
