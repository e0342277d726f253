/* argmin: the column of each row's smallest value; the first of equals, and the first NaN before any number. */
#define OP edsc_op_argmin
#define BEATS <
#include "../argbest.h"
