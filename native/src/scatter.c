/* scatter.c: see scatter.h. Values go by way of double or int64, of which every dtype is a part: an operation on two
 * floats in double, rounded once more, is the operation in float. */
#include "scatter.h"

static double combine_reals(int32_t reduction, double y, double x) {
    switch (reduction) {
    case EDSC_ADD:
        return y + x;
    case EDSC_MULTIPLY:
        return y * x;
    case EDSC_MINIMUM:
        return x < y || x != x ? x : y;
    default:
        return x > y || x != x ? x : y;
    }
}

static int64_t combine_integers(int32_t reduction, int64_t y, int64_t x) {
    switch (reduction) { /* unsigned: it may wrap around */
    case EDSC_ADD:
        return (int64_t)((uint64_t)y + (uint64_t)x);
    case EDSC_MULTIPLY:
        return (int64_t)((uint64_t)y * (uint64_t)x);
    case EDSC_MINIMUM:
        return x < y ? x : y;
    default:
        return x > y ? x : y;
    }
}

static int64_t load(unsigned dtype, const uint8_t *x) {
    switch (dtype) {
    case EDSC_INT8:
        return *(const int8_t *)x;
    case EDSC_INT16:
        return *(const int16_t *)x;
    case EDSC_UINT16:
        return *(const uint16_t *)x;
    case EDSC_INT32:
        return *(const int32_t *)x;
    case EDSC_UINT32:
        return *(const uint32_t *)x;
    case EDSC_INT64:
        return *(const int64_t *)x;
    default:
        return *x;
    }
}

void edsc_scatter(unsigned dtype, int32_t reduction, const uint8_t *x, uint8_t *y, size_t count) {
    size_t size = edsc_dtype_size[dtype];
    if (reduction == EDSC_REPLACE) {
        memcpy(y, x, count * size);
        return;
    }
    for (; count; count--, x += size, y += size) {
        if (dtype == EDSC_FLOAT32) {
            *(float *)y = (float)combine_reals(reduction, *(const float *)y, *(const float *)x);
        } else if (dtype == EDSC_FLOAT64) {
            *(double *)y = combine_reals(reduction, *(const double *)y, *(const double *)x);
        } else {
            int64_t value = combine_integers(reduction, load(dtype, y), load(dtype, x));
            if (dtype == EDSC_BOOL)
                value = value != 0;
            memcpy(y, &value, size); /* the low bytes come first */
        }
    }
}
