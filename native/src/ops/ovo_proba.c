/* ovo_proba: pairwise probabilities to class probabilities by pairwise coupling (Wu, Lin and Weng, JMLR 5, 2004, second
 * method), step by step as edgescore/ops/ovo_proba.py has it. */
#ifndef REAL
#include "../pairs.h"

#define MAX_CLASSES 64u

static int check(const edsc_call *c) { return edsc_dim(c, 1, 1) <= MAX_CLASSES ? edsc_check_pairs(c) : EDSC_ERR_SHAPE; }

#define BODY "ops/ovo_proba.c"
#include "../real.h"

const edsc_impl edsc_op_ovo_proba = {.check = check, .run = run};
#else

/* The probability of i against j. */
static REAL TYPED(beats)(const REAL *r, size_t i, size_t j, size_t classes) {
    return i < j ? r[edsc_pair(i, j, classes)] : 1 - r[edsc_pair(j, i, classes)];
}

/* An entry of the quadratic form beside its diagonal. */
static REAL TYPED(mixed)(const REAL *r, size_t t, size_t j, size_t classes) {
    return -TYPED(beats)(r, j, t, classes) * TYPED(beats)(r, t, j, classes);
}

static void TYPED(couple)(const REAL *r, REAL *p, size_t c) {
    REAL diagonal[MAX_CLASSES], qp[MAX_CLASSES], enough = (REAL)0.005 / (REAL)c;
    for (size_t t = 0; t < c; t++) {
        p[t] = 1 / (REAL)c;
        diagonal[t] = 0;
        for (size_t j = 0; j < c; j++)
            if (j != t)
                diagonal[t] += TYPED(beats)(r, j, t, c) * TYPED(beats)(r, j, t, c);
    }
    for (int step = 0; step < 100; step++) {
        REAL pqp = 0;
        int done = 1;
        for (size_t t = 0; t < c; t++) {
            qp[t] = 0;
            for (size_t j = 0; j < c; j++)
                qp[t] += (j == t ? diagonal[t] : TYPED(mixed)(r, t, j, c)) * p[j];
            pqp += p[t] * qp[t];
        }
        for (size_t t = 0; t < c; t++)
            done &= FN(fabs)(qp[t] - pqp) < enough;
        if (done)
            return;
        for (size_t t = 0; t < c; t++) {
            REAL change = (pqp - qp[t]) / diagonal[t], scale = 1 + change;
            p[t] += change;
            pqp = (pqp + change * (change * diagonal[t] + 2 * qp[t])) / scale / scale;
            for (size_t j = 0; j < c; j++) {
                qp[j] = (qp[j] + change * (j == t ? diagonal[t] : TYPED(mixed)(r, t, j, c))) / scale;
                p[j] /= scale;
            }
        }
    }
}

static void TYPED(run)(const edsc_call *c) {
    size_t rows = edsc_rows(c, 0), pairs = edsc_dim(c, 0, 1), classes = edsc_dim(c, 1, 1);
    const REAL *x = edsc_data(c, 0);
    REAL *y = edsc_data(c, 1);
    for (size_t row = 0; row < rows; row++, x += pairs, y += classes)
        TYPED(couple)(x, y, classes);
}
#endif
