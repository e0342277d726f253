/* hot.h: included first by files whose loops decide the speed of a prediction. Where the library is compiled for size
 * (-Os, as the Python wheel is) these are still compiled for speed; a firmware that says EDSC_SMALL means it. */
#if !defined(EDSC_SMALL) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O2")
#endif
