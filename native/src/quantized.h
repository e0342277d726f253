/* quantized.h: compiles the body of an operator for int8 and for int16 values, as real.h does for float and double.
 *
 * BODY is the including file's own path below src/. VALUE is the type, SUM one for sums and products of it, TYPED(name)
 * a name of its own, FROM_SUM(sum, multiplier, zero, lo, hi) the requantization. run() goes by the dtype variant. No
 * include guard: each file has its own BODY. */
#include "fixed.h"
#include "internal.h"

#define VALUE int8_t
#define SUM int32_t
#define TYPED(name) name##_i8
#define FROM_SUM(sum, multiplier, zero, lo, hi) edsc_requantize(sum, multiplier, zero, lo, hi)
#include BODY
#undef VALUE
#undef SUM
#undef TYPED
#undef FROM_SUM

#define VALUE int16_t
#define SUM int64_t
#define TYPED(name) name##_i16
#define FROM_SUM(sum, multiplier, zero, lo, hi) edsc_to_integer_f64((double)(sum) * (double)(multiplier), zero, lo, hi)
#include BODY
#undef VALUE
#undef SUM
#undef TYPED
#undef FROM_SUM

static void run(const edsc_call *c) {
    if (edsc_variant(c) == 0)
        run_i8(c);
    else
        run_i16(c);
}
