/* clip: x held between lo and hi; NaN stays NaN. */
#ifndef REAL
#include "../internal.h"

static int check(const edsc_call *c) {
    return edsc_clip_lo(edsc_params(c)) <= edsc_clip_hi(edsc_params(c)) ? EDSC_OK : EDSC_ERR_PARAM;
}

#define BODY "ops/clip.c"
#include "../real.h"

const edsc_impl edsc_op_clip = {.check = check, .run = run};
#else

static void TYPED(run)(const edsc_call *c) {
    size_t count = edsc_elements(c, 0);
    const REAL *x = edsc_data(c, 0), lo = (REAL)edsc_clip_lo(edsc_params(c)), hi = (REAL)edsc_clip_hi(edsc_params(c));
    REAL *y = edsc_data(c, 1);
    for (size_t i = 0; i < count; i++)
        y[i] = x[i] < lo ? lo : x[i] > hi ? hi : x[i];
}
#endif
