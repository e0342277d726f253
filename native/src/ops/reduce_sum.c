/* reduce_sum: sums along axes. */
#define OP edsc_op_reduce_sum
#define AXES edsc_reduce_sum_axes
#define RESULT SUM
#define START(first) (0)
#define NEXT(a, v) ((a) + (SUM)(v))
#define TYPES "numbers.h"
#include "../reduce.h"
