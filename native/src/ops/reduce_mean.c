/* reduce_mean: means along axes. */
#define OP edsc_op_reduce_mean
#define AXES edsc_reduce_mean_axes
#define RESULT SUM
#define START(first) (0)
#define NEXT(a, v) ((a) + (SUM)(v))
#define LAST(a, count) ((a) / (double)(count))
#define TYPES "real.h"
#include "../reduce.h"
