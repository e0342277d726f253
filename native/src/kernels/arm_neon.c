/* arm_neon.c: the kernel set for aarch64, where NEON is always there. The rest of the set, and the struct, are
 * generic.c's, whose plain loops the compiler turns into NEON itself. */
#include "../hot.h"

#include "../kernels.h"

#ifdef EDSC_HAS_ARM_NEON
#include <arm_neon.h>

/* The rank that each lane asks for: a table is 64 runs, and a lane that is beyond it keeps what it has. */
static inline uint8x16_t look_up(const uint8_t *ranks, uint32_t runs, uint8x16_t run) {
    uint8x16_t rank = vqtbl4q_u8(vld1q_u8_x4(ranks), run);
    for (uint32_t at = 64; at < runs; at += 64)
        rank = vqtbx4q_u8(rank, vld1q_u8_x4(ranks + at), vsubq_u8(run, vdupq_n_u8((uint8_t)at)));
    return rank;
}

/* A row through 16 trees. */
static inline void sweep(const edsc_sweep *s, size_t row, size_t first, uint32_t runs) {
    const uint8_t *ranks = s->ranks + row * EDSC_SWEEP_RANKS, *nodes = s->nodes + first;
    uint8x16_t stands = vdupq_n_u8(0), next = vdupq_n_u8(1);
    for (uint32_t p = s->splits; p; p--, nodes += 3 * s->width) {
        uint8x16_t right = vcgtq_u8(look_up(ranks, runs, vld1q_u8(nodes)), vld1q_u8(nodes + s->width));
        right = vandq_u8(right, vcgeq_u8(stands, vld1q_u8(nodes + 2 * s->width)));
        stands = vbslq_u8(right, next, stands);
        next = vaddq_u8(next, vdupq_n_u8(1));
    }
    uint8_t exits[16];
    vst1q_u8(exits, stands);
    edsc_sweep_leaves(s, row, first, 16, exits);
}

void edsc_tree_sweep_neon(const edsc_sweep *s, size_t groups) {
    for (; groups; groups--, s++)
        for (size_t row = 0; row < s->rows; row++)
            for (size_t first = 0; first < s->width; first += 16)
                s->runs <= 64 ? sweep(s, row, first, 64) : sweep(s, row, first, s->runs);
}
#endif
