/* reduce_max: largest values along axes; NaN is larger than numbers. */
#define OP edsc_op_reduce_max
#define AXES edsc_reduce_max_axes
#define RESULT REAL
#define START(first) (first)
#define NEXT(a, v) ((v) > (a) || (v) != (v) ? (v) : (a))
#define TYPES "numbers.h"
#define NARROW
#include "../reduce.h"
