/* ovo_vote: one-vs-one decision values to a score for each class: libsvm's votes (mode 0), or scikit-learn's votes with
 * the sums of the values to break ties (mode 1). */
#ifndef REAL
#include "../pairs.h"

static int check(const edsc_call *c) {
    int32_t mode = edsc_ovo_vote_mode(edsc_params(c));
    return mode == 0 || mode == 1 ? edsc_check_pairs(c) : EDSC_ERR_PARAM;
}

#define BODY "ops/ovo_vote.c"
#include "../real.h"

const edsc_impl edsc_op_ovo_vote = {.check = check, .run = run};
#else

/* Class t is the j of pairs (i, t) and the i of pairs (t, j); in this order their columns ascend. */
static REAL TYPED(score_of)(const REAL *decisions, size_t t, size_t classes, int32_t mode) {
    REAL votes = 0, sum = 0;
    for (size_t other = 0; other < classes; other++) {
        if (other == t)
            continue;
        int is_j = other < t;
        REAL value = decisions[is_j ? edsc_pair(other, t, classes) : edsc_pair(t, other, classes)];
        int for_j = mode ? value < 0 : !(value > 0);
        votes += (REAL)(for_j == is_j);
        sum += is_j ? -value : value;
    }
    return mode ? votes + sum / (3 * (FN(fabs)(sum) + 1)) : votes;
}

static void TYPED(run)(const edsc_call *c) {
    size_t rows = edsc_rows(c, 0), pairs = edsc_dim(c, 0, 1), classes = edsc_dim(c, 1, 1);
    const REAL *x = edsc_data(c, 0);
    REAL *y = edsc_data(c, 1);
    int32_t mode = edsc_ovo_vote_mode(edsc_params(c));
    for (size_t row = 0; row < rows; row++, x += pairs, y += classes)
        for (size_t t = 0; t < classes; t++)
            y[t] = TYPED(score_of)(x, t, classes, mode);
}
#endif
