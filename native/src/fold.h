/* fold.h: what the reductions share but for the calculation: which values make a result. */
#ifndef EDSC_FOLD_H
#define EDSC_FOLD_H

#include "walk.h"

/* A result on its way, and the next line of values that go into it. */
typedef struct edsc_fold {
    const uint8_t *x;
    uint8_t *y;
    ptrdiff_t stride; /* bytes */
    size_t n, count;  /* values of this line, of the whole result */
    uint64_t kept;    /* of the lines before, as the operator keeps it */
    int first;        /* whether there are none */
} edsc_fold;

/* Calls `line` for all values of all results along the `axes` that go (a bitmask). It leaves in y what the result is so
 * far. */
void edsc_fold_run(const edsc_call *c, int32_t axes, void (*line)(edsc_fold *));

#endif
