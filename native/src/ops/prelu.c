/* prelu: y = x, below 0 slope times x. */
#define OP edsc_op_prelu
#define BINARY(x, slope) ((x) < 0 ? (x) * (slope) : (x))
#include "../binary.h"
