/* binary.h: an operator of two operands, element by element: its file defines OP and BINARY(a, b). The second operand
 * has the shape of the first, or is a constant of a trailing part of it that is repeated. */
#ifndef REAL
#include "internal.h"

static int check(const edsc_call *c) {
    return edsc_is_constant(c, 1) || edsc_rank(c, 1) == edsc_rank(c, 0) ? EDSC_OK : EDSC_ERR_SHAPE;
}

#define BODY "binary.h"
#include "real.h"

const edsc_impl OP = {.check = check, .run = run};
#else

static void TYPED(run)(const edsc_call *c) {
    size_t count = edsc_elements(c, 0), period = edsc_elements(c, 1);
    const REAL *a = edsc_data(c, 0), *b = edsc_data(c, 1);
    REAL *y = edsc_data(c, 2);
    if (period == 1) { /* a loop of its own: the other would be all overhead */
        const REAL scalar = *b;
        for (size_t i = 0; i < count; i++)
            y[i] = BINARY(a[i], scalar);
        return;
    }
    for (size_t first = 0; first < count; first += period, a += period, y += period)
        for (size_t i = 0; i < period; i++)
            y[i] = BINARY(a[i], b[i]);
}
#endif
