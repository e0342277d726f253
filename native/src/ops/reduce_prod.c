/* reduce_prod: products along axes. */
#define OP edsc_op_reduce_prod
#define AXES edsc_reduce_prod_axes
#define RESULT SUM
#define START(first) (1)
#define NEXT(a, v) ((a) * (SUM)(v))
#define TYPES "numbers.h"
#include "../reduce.h"
