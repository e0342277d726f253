/* conv: windows over 1 to 3 spatial axes times weights, plus a bias, clamped; NaN passes through. */
#include "../convolution.h"

static int check(const edsc_call *c) { return edsc_conv_check(c, 0); }

static void run(const edsc_call *c) { edsc_conv_run(c, 0); }

const edsc_impl edsc_op_conv = {.check = check, .run = run};
