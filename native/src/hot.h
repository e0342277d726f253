/* hot.h: included first by files whose loops decide the speed of a prediction. Where the library is compiled for size
 * (-Os, as the Python wheel is) these are still compiled for speed; a firmware that says EDSC_SMALL means it. */
#if !defined(EDSC_SMALL)
#define EDSC_HOT /* for operands.h */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O2")
#endif
#endif

/* In front of a loop of 8 or fewer, whose vectors are to stay in registers. */
#if defined(__GNUC__) && !defined(__clang__)
#define EDSC_UNROLL _Pragma("GCC unroll 8")
#else
#define EDSC_UNROLL
#endif
