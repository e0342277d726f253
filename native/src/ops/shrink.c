/* shrink: y = x - bias above lambd, x + bias below -lambd, else 0; NaN gives 0. */
#define OP edsc_op_shrink
#define SETUP const REAL bias = (REAL)edsc_shrink_bias(edsc_params(c)), lambd = (REAL)edsc_shrink_lambd(edsc_params(c));
#define UNARY(x) ((x) > lambd ? (x) - bias : (x) < -lambd ? (x) + bias : 0)
#include "../unary.h"
