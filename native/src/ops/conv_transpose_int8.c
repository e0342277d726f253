/* conv_transpose_int8: conv_transpose in integers, as conv_int8. */
#include "../convolution.h"

static int check(const edsc_call *c) { return edsc_conv_int8_check(c, 1); }

static void run(const edsc_call *c) { edsc_conv_int8_run(c, 1); }

const edsc_impl edsc_op_conv_transpose_int8 = {.check = check, .run = run};
