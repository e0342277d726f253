/* operands.c: see operands.h. */
#define EDSC_OPERANDS
#include "internal.h"
