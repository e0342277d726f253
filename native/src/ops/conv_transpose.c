/* conv_transpose: every element of x spreads over a window of the output; else as conv. */
#include "../convolution.h"

static int check(const edsc_call *c) { return edsc_conv_check(c, 1); }

static void run(const edsc_call *c) { edsc_conv_run(c, 1); }

const edsc_impl edsc_op_conv_transpose = {.check = check, .run = run};
