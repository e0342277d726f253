/* argmax: the column of each row's largest value; the first of equals, and the first NaN before any number. */
#define OP edsc_op_argmax
#define BEATS >
#include "../argbest.h"
