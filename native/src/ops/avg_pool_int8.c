/* avg_pool_int8: avg_pool of integers, requantized; half_away: halves of a mean away from zero, as TFLite has them. */
#include "../hot.h"

#include "../fixed.h"
#include "../values.h"
#include "../window.h"

static int check(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    int32_t away = edsc_avg_pool_int8_half_away(p);
    float multiplier = edsc_avg_pool_int8_multiplier(p);
    edsc_axis axis[3];
    if (!edsc_has_value(c, 0, edsc_avg_pool_int8_x_zero(p)) ||
        !edsc_has_output(c, 1, edsc_avg_pool_int8_y_zero(p), edsc_avg_pool_int8_lo(p), edsc_avg_pool_int8_hi(p)))
        return EDSC_ERR_PARAM;
    if (multiplier * 0 != 0 || (away != 0 && (away != 1 || multiplier != 1)))
        return EDSC_ERR_PARAM;
    int status = edsc_avg_pool_check(c);
    if (status)
        return status;
    (void)edsc_pool_window(c, axis);
    int64_t largest = edsc_highest(c, 0) - edsc_lowest(c, 0); /* of any sum: the windows are within 2^30 elements */
    for (unsigned i = 0; i < 3; i++)
        largest *= axis[i].kernel < axis[i].size ? axis[i].kernel : axis[i].size;
    return largest <= INT32_MAX ? EDSC_OK : EDSC_ERR_PARAM;
}

static int32_t mean(const edsc_call *c, int32_t sum, int32_t count) {
    const uint8_t *p = edsc_params(c);
    int32_t zero = edsc_avg_pool_int8_y_zero(p), lo = edsc_avg_pool_int8_lo(p), hi = edsc_avg_pool_int8_hi(p);
    if (!edsc_avg_pool_int8_half_away(p))
        return edsc_requantize(sum, edsc_avg_pool_int8_multiplier(p) / (float)count, zero, lo, hi);
    uint32_t size = sum < 0 ? 0u - (uint32_t)sum : (uint32_t)sum,
             whole = (size + (uint32_t)count / 2) / (uint32_t)count;
    int32_t y = zero + (sum < 0 ? -(int32_t)whole : (int32_t)whole);
    return y < lo ? lo : y > hi ? hi : y;
}

enum { RUN = 16 }; /* values at a time: loops of so many become vectors */
#define ADD(NAME, VALUE)                                                                                               \
    static void NAME(const edsc_call *c, void *sums, const void *values, size_t n, int first) {                        \
        const VALUE *x = values;                                                                                       \
        int32_t *sum = sums, zero = edsc_avg_pool_int8_x_zero(edsc_params(c));                                         \
        size_t i = 0;                                                                                                  \
        if (first)                                                                                                     \
            memset(sum, 0, n * sizeof *sum);                                                                           \
        for (; EDSC_POOL_CHANNELS > 32 && i + RUN <= n; i += RUN) {                                                    \
            int32_t run[RUN];                                                                                          \
            for (size_t k = 0; k < RUN; k++)                                                                           \
                run[k] = x[i + k];                                                                                     \
            for (size_t k = 0; k < RUN; k++)                                                                           \
                sum[i + k] += run[k] - zero;                                                                           \
        }                                                                                                              \
        for (; i < n; i++)                                                                                             \
            sum[i] += x[i] - zero;                                                                                     \
    }
ADD(add_i8, int8_t)
ADD(add_i16, int16_t)

static void end_i8(const edsc_call *c, const void *sums, void *values, size_t n, uint32_t count) {
    const int32_t *sum = sums;
    int8_t *y = values;
    for (size_t i = 0; i < n; i++)
        y[i] = (int8_t)mean(c, sum[i], (int32_t)count);
}

static void end_i16(const edsc_call *c, const void *sums, void *values, size_t n, uint32_t count) {
    const int32_t *sum = sums;
    int16_t *y = values;
    for (size_t i = 0; i < n; i++)
        y[i] = (int16_t)mean(c, sum[i], (int32_t)count);
}

static void run(const edsc_call *c) {
    if (edsc_variant(c) == 0)
        edsc_avg_pool(c, add_i8, end_i8);
    else
        edsc_avg_pool(c, add_i16, end_i16);
}

const edsc_impl edsc_op_avg_pool_int8 = {.check = check, .run = run};
