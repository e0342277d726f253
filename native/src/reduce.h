/* reduce.h: an operator that makes one value of all those along some axes: its file defines OP, AXES (the getter of its
 * bitmask of axes), RESULT (what is kept on the way: REAL, or SUM, in which sums of many are right), START(first),
 * NEXT(a, v), where that is not all LAST(a, count), and TYPES, which is numbers.h or real.h. */
#ifndef TYPED
#include "hot.h"

#include "fold.h"

static int check(const edsc_call *c) { return edsc_reduction_check(c, AXES(edsc_params(c))); }

#ifndef LAST
#define LAST(a, count) (a)
#endif
#define BODY "reduce.h"
#include TYPES

const edsc_impl OP = {.check = check, .run = run};
#else
#if WHOLE
#define SUM uint64_t
#else
#define SUM double
#endif

static void TYPED(line)(edsc_fold *f) {
    const uint8_t *x = f->x;
    RESULT a = START(*(const REAL *)(const void *)x);
    if (!f->first)
        memcpy(&a, &f->kept, sizeof a);
    for (size_t n = f->n; n; n--, x += f->stride) {
        const REAL v = *(const REAL *)(const void *)x;
        a = NEXT(a, v);
    }
    memcpy(&f->kept, &a, sizeof a);
    *(REAL *)(void *)f->y = (REAL)LAST(a, f->count);
}

static void TYPED(run)(const edsc_call *c) { edsc_fold_run(c, AXES(edsc_params(c)), TYPED(line)); }
#undef SUM
#endif
