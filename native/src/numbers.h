/* numbers.h: real.h for float, double, int32 and int64: the dtype variants 0 to 3; int8 and int16, 4 and 5, where the
 * including file defines NARROW. WHOLE is 1 where REAL is an integer
 * type, and WRAP(x) the same bits as a type whose sums and products wrap instead of being undefined. */
#include <math.h>

#include "internal.h"

#define WHOLE 0
#define WRAP(x) (x)
#define REAL float
#define TYPED(name) name##_f32
#define FN(name) name##f
#include BODY
#undef REAL
#undef TYPED
#undef FN

#define REAL double
#define TYPED(name) name##_f64
#define FN(name) name
#include BODY
#undef REAL
#undef TYPED
#undef FN
#undef WHOLE
#undef WRAP

#define WHOLE 1
#define WRAP(x) ((uint32_t)(x))
#define REAL int32_t
#define TYPED(name) name##_i32
#include BODY
#undef REAL
#undef TYPED
#undef WRAP

#define WRAP(x) ((uint64_t)(x))
#define REAL int64_t
#define TYPED(name) name##_i64
#include BODY
#undef REAL
#undef TYPED
#undef WHOLE
#undef WRAP

#ifdef NARROW
#include "narrow.h"
#endif

static void run(const edsc_call *c) {
#ifdef NARROW
    static void (*const variants[])(const edsc_call *) = {run_f32, run_f64, run_i32, run_i64, run_i8, run_i16};
#else
    static void (*const variants[])(const edsc_call *) = {run_f32, run_f64, run_i32, run_i64};
#endif
    variants[edsc_variant(c)](c);
}
