/* cumsum: sums of what lies before each element of an axis, with it or without. */
#ifndef REAL
#include "../walk.h"

static int check(const edsc_call *c) {
    const uint8_t *p = edsc_params(c);
    int fits = edsc_axis(edsc_cumsum_axis(p), edsc_rank(c, 0)) < edsc_rank(c, 0);
    return fits && (uint32_t)edsc_cumsum_exclusive(p) < 2 && (uint32_t)edsc_cumsum_reverse(p) < 2 ? EDSC_OK
                                                                                                  : EDSC_ERR_PARAM;
}

/* Step and n: elements from one to the next, and how many. */
typedef void loop(const void *x, void *y, ptrdiff_t step, size_t n, int exclusive);

static void each_line(const edsc_call *c, loop *line) {
    const uint8_t *p = edsc_params(c), *x = edsc_data(c, 0);
    unsigned rank = edsc_rank(c, 0), axis = edsc_axis(edsc_cumsum_axis(p), rank);
    size_t size = edsc_size(c, 0), inner = edsc_span(c, 0, axis + 1, rank), n = edsc_dim(c, 0, axis);
    int reverse = edsc_cumsum_reverse(p);
    ptrdiff_t step = reverse ? -(ptrdiff_t)inner : (ptrdiff_t)inner;
    uint8_t *y = edsc_data(c, 1);
    for (size_t outer = 0; outer < edsc_elements(c, 0); outer += n * inner)
        for (size_t column = 0; column < inner; column++) {
            size_t first = (outer + column + (reverse ? (n - 1) * inner : 0)) * size;
            line(x + first, y + first, step, n, edsc_cumsum_exclusive(p));
        }
}

#define BODY "ops/cumsum.c"
#include "../numbers.h"

const edsc_impl edsc_op_cumsum = {.check = check, .run = run};
#else
#if WHOLE
#define SUM uint64_t
#else
#define SUM double
#endif

static void TYPED(line)(const void *from, void *to, ptrdiff_t step, size_t n, int exclusive) {
    const REAL *x = from;
    REAL *y = to;
    SUM sum = 0;
    for (; n; n--, x += step, y += step) {
        const SUM before = sum;
        sum += (SUM)*x;
        *y = (REAL)(exclusive ? before : sum);
    }
}

static void TYPED(run)(const edsc_call *c) { each_line(c, TYPED(line)); }
#undef SUM
#endif
