/* max_pool: the maximum of each channel in windows over 1 to 3 spatial axes; padding is never the maximum, NaN is. */
#ifndef VALUE
#include "../window.h"

static int check(const edsc_call *c) {
    edsc_axis axis[3];
    return edsc_pool_window(c, axis);
}

#define VALUE float
#define ADD add_f32
#include "max_pool.c"
#define VALUE double
#define ADD add_f64
#include "max_pool.c"
#define VALUE int8_t
#define ADD add_i8
#include "max_pool.c"
#define VALUE uint8_t
#define ADD add_u8
#include "max_pool.c"
#define VALUE int16_t
#define ADD add_i16
#include "max_pool.c"

static void end(const edsc_call *c, const void *sums, void *y, size_t n, uint32_t count) {
    (void)count;
    memcpy(y, sums, n * edsc_dtype_size[edsc_tensor_dtype(edsc_operand(c, 0))]);
}

static void run(const edsc_call *c) {
    static edsc_pool_add *const adds[] = {add_f32, add_f64, add_i8, add_u8, add_i16};
    edsc_pool(c, NULL, adds[edsc_variant(c)], end);
}

const edsc_impl edsc_op_max_pool = {.check = check, .run = run};
#else

static void ADD(const edsc_call *c, void *sums, const void *values, size_t n, int first) {
    const VALUE *x = values;
    (void)c;
    VALUE *most = sums;
    for (size_t i = 0; i < n; i++) {
        const double value = x[i]; /* an integer is not compared with itself: compilers would warn */
        if (first || x[i] > most[i] || value != value)
            most[i] = x[i];
    }
}
#undef VALUE
#undef ADD
#endif
