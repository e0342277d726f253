/* cast: x in another dtype, or a copy. float and double, which every row passes, have loops; other pairs go value by
 * value through int64 or double, of which each dtype is a part: ten loads and ten stores for a hundred pairs. */
#include "../fixed.h"
#include "../internal.h"

/* A value on its way: `integer` unless `is_real`. */
typedef struct {
    int is_real;
    int64_t integer;
    double real;
} number;

#define INTEGER(type) ((number){0, ((const type *)x)[i], 0})
#define REAL_NUMBER(type) ((number){1, 0, (double)((const type *)x)[i]})

static number load(const void *x, size_t i, unsigned dtype) {
    switch (dtype) {
    case EDSC_FLOAT32:
        return REAL_NUMBER(float);
    case EDSC_FLOAT64:
        return REAL_NUMBER(double);
    case EDSC_INT8:
        return INTEGER(int8_t);
    case EDSC_UINT8:
        return INTEGER(uint8_t);
    case EDSC_INT16:
        return INTEGER(int16_t);
    case EDSC_UINT16:
        return INTEGER(uint16_t);
    case EDSC_INT32:
        return INTEGER(int32_t);
    case EDSC_UINT32:
        return INTEGER(uint32_t);
    case EDSC_INT64:
        return INTEGER(int64_t);
    default:
        return (number){0, ((const uint8_t *)x)[i] != 0, 0};
    }
}

static int64_t held(number v, int64_t lo, int64_t hi) {
    if (v.is_real)
        return edsc_saturate(v.real, lo, hi);
    return v.integer < lo ? lo : v.integer > hi ? hi : v.integer;
}

static void store(void *y, size_t i, unsigned dtype, number v) {
    switch (dtype) {
    case EDSC_FLOAT32:
        ((float *)y)[i] = v.is_real ? (float)v.real : (float)v.integer;
        break;
    case EDSC_FLOAT64:
        ((double *)y)[i] = v.is_real ? v.real : (double)v.integer;
        break;
    case EDSC_INT8:
        ((int8_t *)y)[i] = (int8_t)held(v, INT8_MIN, INT8_MAX);
        break;
    case EDSC_UINT8:
        ((uint8_t *)y)[i] = (uint8_t)held(v, 0, UINT8_MAX);
        break;
    case EDSC_INT16:
        ((int16_t *)y)[i] = (int16_t)held(v, INT16_MIN, INT16_MAX);
        break;
    case EDSC_UINT16:
        ((uint16_t *)y)[i] = (uint16_t)held(v, 0, UINT16_MAX);
        break;
    case EDSC_INT32:
        ((int32_t *)y)[i] = (int32_t)held(v, INT32_MIN, INT32_MAX);
        break;
    case EDSC_UINT32:
        ((uint32_t *)y)[i] = (uint32_t)held(v, 0, UINT32_MAX);
        break;
    case EDSC_INT64:
        ((int64_t *)y)[i] = held(v, INT64_MIN, INT64_MAX);
        break;
    default:
        ((uint8_t *)y)[i] = v.is_real ? v.real != 0 : v.integer != 0;
    }
}

static void widen(const float *x, double *y, size_t count) {
    for (size_t i = 0; i < count; i++)
        y[i] = x[i];
}

static void narrow(const double *x, float *y, size_t count) {
    for (size_t i = 0; i < count; i++)
        y[i] = (float)x[i];
}

static void run(const edsc_call *c) {
    size_t count = edsc_elements(c, 0);
    unsigned from = edsc_tensor_dtype(edsc_operand(c, 0)), to = edsc_tensor_dtype(edsc_operand(c, 1));
    const void *x = edsc_data(c, 0);
    void *y = edsc_data(c, 1);
    if (from == to)
        memcpy(y, x, count * edsc_dtype_size[to]);
    else if (from == EDSC_FLOAT32 && to == EDSC_FLOAT64)
        widen(x, y, count);
    else if (from == EDSC_FLOAT64 && to == EDSC_FLOAT32)
        narrow(x, y, count);
    else
        for (size_t i = 0; i < count; i++)
            store(y, i, to, load(x, i, from));
}

const edsc_impl edsc_op_cast = {.run = run};
