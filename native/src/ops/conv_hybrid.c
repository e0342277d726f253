/* conv_hybrid: conv of float x and int8 w; every sample of x becomes int8, in the scratch memory, by a scale of its
 * own. */
#include "../convolution.h"

const edsc_impl edsc_op_conv_hybrid = {.check = edsc_conv_hybrid_check, .run = edsc_conv_hybrid_run};
