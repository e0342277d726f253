/* conv_int8: conv in integers, then requantized by a multiplier for each output channel. */
#include "../convolution.h"

static int check(const edsc_call *c) { return edsc_conv_int8_check(c, 0); }

static void run(const edsc_call *c) { edsc_conv_int8_run(c, 0); }

const edsc_impl edsc_op_conv_int8 = {.check = check, .run = run};
