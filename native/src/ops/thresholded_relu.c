/* thresholded_relu: y = x above alpha, else 0; NaN gives 0. */
#define OP edsc_op_thresholded_relu
#define SETUP const REAL alpha = (REAL)edsc_thresholded_relu_alpha(edsc_params(c));
#define UNARY(x) ((x) > alpha ? (x) : 0)
#include "../unary.h"
