/* shift: the bits of a moved by b places, up (parameter left) or down, where the sign moves in; b outside the width
 * moves all of them out. */
#ifndef REAL
#define OP edsc_op_shift
#define MODE(c) (edsc_shift_left(edsc_params(c)) ? 2 : edsc_variant(c) < SIGNED)
#define BINARY_WORD(a, b) TYPED(shift)(a, b, g->mode)
#define BODY "ops/shift.c"
enum { SIGNED = 4 }; /* variants: then come the unsigned ones */
#include "../binary.h"
#else

/* mode: 0 down, 1 down with the sign, 2 up. */
static REAL TYPED(shift)(REAL a, REAL b, int32_t mode) {
    REAL width = 8 * sizeof(REAL), negative = mode == 1 && a >> (width - 1) ? (REAL)-1 : 0;
    if (b >= width)
        return negative;
    if (mode == 2)
        return (REAL)((uint64_t)a << b);
    return (REAL)((REAL)(a ^ negative) >> b) ^ negative;
}
#include "../binary.h"
#endif
