/* reduce_min: smallest values along axes; NaN is smaller than numbers. */
#define OP edsc_op_reduce_min
#define AXES edsc_reduce_min_axes
#define RESULT REAL
#define START(first) (first)
#define NEXT(a, v) ((v) < (a) || (v) != (v) ? (v) : (a))
#define TYPES "numbers.h"
#define NARROW
#include "../reduce.h"
