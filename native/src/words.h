/* words.h: real.h for unsigned integers of 8, 16, 32 and 64 bits, each standing for every dtype of its size. */
#include "internal.h"

#define REAL uint8_t
#define TYPED(name) name##_8
#include BODY
#undef REAL
#undef TYPED

#define REAL uint16_t
#define TYPED(name) name##_16
#include BODY
#undef REAL
#undef TYPED

#define REAL uint32_t
#define TYPED(name) name##_32
#include BODY
#undef REAL
#undef TYPED

#define REAL uint64_t
#define TYPED(name) name##_64
#include BODY
#undef REAL
#undef TYPED

static void run(const edsc_call *c) {
    switch (edsc_dtype_size[edsc_tensor_dtype(edsc_operand(c, 0))]) {
    case 1:
        run_8(c);
        break;
    case 2:
        run_16(c);
        break;
    case 4:
        run_32(c);
        break;
    default:
        run_64(c);
    }
}
