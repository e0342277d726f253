/* reduce_mean_int8: means of a quantized tensor along axes: sums times a multiplier, plus an offset. */
#ifndef VALUE
#include "../fixed.h"
#include "../values.h"
#include "../walk.h"

static int check(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    if ((uint32_t)edsc_reduce_mean_int8_apart(p) > 1 || edsc_reduce_mean_int8_multiplier(p) * 0 != 0 ||
        !edsc_has_value(c, 0, edsc_reduce_mean_int8_x_zero(p)) ||
        !edsc_has_output(c, 1, edsc_reduce_mean_int8_y_zero(p), edsc_reduce_mean_int8_lo(p),
                         edsc_reduce_mean_int8_hi(p)))
        return EDSC_ERR_PARAM;
    int status = edsc_reduction_check(c, edsc_reduce_mean_int8_axes(p));
    if (status)
        return status;
    return edsc_variant(c) == 0 && edsc_elements(c, 0) / edsc_elements(c, 1) > INT32_MAX / 255 ? EDSC_ERR_PARAM
                                                                                               : EDSC_OK;
}

#define BODY "ops/reduce_mean_int8.c"
#include "../quantized.h"

const edsc_impl edsc_op_reduce_mean_int8 = {.check = check, .run = run};
#else

static void TYPED(run)(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    const int32_t lo = edsc_reduce_mean_int8_lo(p), hi = edsc_reduce_mean_int8_hi(p);
    const float multiplier = edsc_reduce_mean_int8_multiplier(p);
    const int apart = edsc_reduce_mean_int8_apart(p);
    const int32_t x_zero = edsc_reduce_mean_int8_x_zero(p), y_zero = edsc_reduce_mean_int8_y_zero(p);
    const size_t count = edsc_elements(c, 0) / edsc_elements(c, 1);
    const SUM start = apart ? -(SUM)x_zero * (SUM)count : 0;
    const double offset = apart ? 0.0 : y_zero - x_zero * (double)multiplier * (double)count;
    const int32_t zero = apart ? y_zero : 0;
    edsc_walk kept, gone;
    edsc_reduction(c, edsc_reduce_mean_int8_axes(p), &kept, &gone);
    unsigned inner = edsc_walk_inner(&gone);
    const uint8_t *x = edsc_data(c, 0);
    VALUE *y = edsc_data(c, 1);
    do {
        SUM sum = start;
        do {
            const uint8_t *at = x + kept.offset[0] + gone.offset[0];
            for (uint32_t i = 0; i < gone.size[inner]; i++, at += gone.stride[inner][0])
                sum += *(const VALUE *)(const void *)at;
        } while (edsc_walk_next(&gone, inner));
        if (sizeof(VALUE) == 1)
            *y++ = (VALUE)edsc_to_integer((float)sum * multiplier + (float)offset, zero, lo, hi);
        else
            *y++ = (VALUE)edsc_to_integer_f64((double)sum * (double)multiplier + offset, zero, lo, hi);
    } while (edsc_walk_next(&kept, kept.rank));
}
#endif
