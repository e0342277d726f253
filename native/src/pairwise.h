/* pairwise.h: sums over two vectors, for the bodies that real.h compiles (hence no include guard). Four running sums,
 * which fill a vector register and hide the latency of the additions; a compiler may not reorder float sums by itself.
 * KEPT is the type that constants are kept in, where that is not REAL. */
#ifndef KEPT
#define KEPT REAL
#endif

#define LANES 4
#define SUM_OVER(count, term)                                                                                          \
    do {                                                                                                               \
        REAL lane[LANES] = {0}, rest = 0;                                                                              \
        size_t first = 0;                                                                                              \
        for (; first + LANES <= (count); first += LANES)                                                               \
            for (size_t l = 0; l < LANES; l++) {                                                                       \
                size_t i = first + l;                                                                                  \
                lane[l] += (term);                                                                                     \
            }                                                                                                          \
        for (size_t i = first; i < (count); i++)                                                                       \
            rest += (term);                                                                                            \
        return (lane[0] + lane[1]) + (lane[2] + lane[3]) + rest;                                                       \
    } while (0)

static inline REAL TYPED(dot)(const REAL *a, const KEPT *b, size_t count) { SUM_OVER(count, a[i] * b[i]); }

static inline REAL TYPED(sqdist)(const REAL *a, const KEPT *b, size_t count) {
    SUM_OVER(count, (a[i] - b[i]) * (a[i] - b[i]));
}

static inline REAL TYPED(weighted_sqdist)(const REAL *a, const KEPT *b, const KEPT *weight, size_t count) {
    SUM_OVER(count, weight[i] * (a[i] - b[i]) * (a[i] - b[i]));
}

static inline REAL TYPED(manhattan)(const REAL *a, const KEPT *b, size_t count) {
    SUM_OVER(count, FN(fabs)(a[i] - b[i]));
}

#undef LANES
#undef SUM_OVER
