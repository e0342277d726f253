/* real.h: compiles the body of an operator for float and for double, so that no loop is written twice.
 *
 * The operator's file defines BODY as its own path below src/ and includes this header, which includes the file back
 * once for each type, with REAL the type, TYPED(name) a name of its own and FN(name) the function of <math.h>. What the
 * body calls TYPED(run) becomes run(), which goes by the dtype variant: 0 is float, 1 double, and where the file
 * defines NARROW 2 is int8, 3 int16. No include guard: each file has its own BODY. */
#include <math.h>

#include "internal.h"

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

#ifdef NARROW
#include "narrow.h"
#endif

static void run(const edsc_call *c) {
#ifdef NARROW
    static void (*const variants[])(const edsc_call *) = {run_f32, run_f64, run_i8, run_i16};
    variants[edsc_variant(c)](c);
#else
    if (edsc_variant(c) == 0)
        run_f32(c);
    else
        run_f64(c);
#endif
}
