/* binary.h: an operator of two operands, element by element, broadcast as in numpy. Its file defines OP and BINARY(a,
 * b) for float and double, with BINARY_INT(a, b) for int32 and int64 too, or BINARY_WORD(a, b) for unsigned words of
 * every size. RESULT is the type of y, that of a unless defined. They may use g->mode, which is MODE(c) if defined, and
 * what the file itself compiles for each type where it is the BODY that includes this. */
#ifndef REAL
#include "broadcast.h"
#ifndef BODY
#define BODY "binary.h"
#endif
#if defined(BINARY_WORD)
#include "words.h"
#elif defined(BINARY_INT)
#include "numbers.h"
#else
#include "real.h"
#endif

const edsc_impl OP = {.check = edsc_broadcast_check, .run = run};
#else

#if defined(BINARY_WORD)
#define VALUE(a, b) BINARY_WORD(a, b)
#elif WHOLE
#define VALUE(a, b) BINARY_INT(a, b)
#else
#define VALUE(a, b) BINARY(a, b)
#endif
#ifdef RESULT
#define TYPE RESULT
#else
#define TYPE REAL
#endif

static void TYPED(loop)(const void *first, const void *second, void *out, const edsc_grid *g) {
    const REAL *a = first, *b = second;
    TYPE *y = out;
    size_t inner = g->inner;
    for (size_t o = g->outer; o; o--, a += g->a_outer, b += g->b_outer, y += inner) {
#ifndef EDSC_SMALL
        if (sizeof(REAL) > 2 && g->a_inner && g->b_inner) {
            for (size_t i = 0; i < inner; i++)
                y[i] = (TYPE)VALUE(a[i], b[i]);
            continue;
        }
        if (sizeof(REAL) > 2 && g->a_inner) {
            const REAL same = *b;
            for (size_t i = 0; i < inner; i++)
                y[i] = (TYPE)VALUE(a[i], same);
            continue;
        }
#endif
        const REAL *p = a, *q = b;
        for (size_t i = 0; i < inner; i++, p += g->a_inner, q += g->b_inner)
            y[i] = (TYPE)VALUE(*p, *q);
    }
}

static void TYPED(run)(const edsc_call *c) {
#ifdef MODE
    edsc_broadcast(c, TYPED(loop), MODE(c));
#else
    edsc_broadcast(c, TYPED(loop), 0);
#endif
}

#undef VALUE
#undef TYPE
#endif
