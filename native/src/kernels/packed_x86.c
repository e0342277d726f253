/* packed_x86.c: packs weights for convolutions, four channels by four steps at a time, for every width of vectors. */
#include "../hot.h"

#include "../kernels.h"

#ifdef EDSC_HAS_PACKED
#include <emmintrin.h>
#include <string.h>

/* Four steps; of words, where there are bytes. */
static inline __m128i steps_at(const uint8_t *w, int widen) {
    if (!widen)
        return _mm_loadu_si128((const __m128i *)(const void *)w);
    __m128i v = _mm_loadl_epi64((const __m128i *)(const void *)w);
    return _mm_srai_epi16(_mm_unpacklo_epi8(v, v), 8);
}

/* The first `steps` of 4 steps of 4 channels, `stride` bytes apart. */
static inline void turn(const uint8_t *const w[4], size_t at, int widen, size_t steps, size_t lanes, uint32_t *to) {
    __m128i a = steps_at(w[0] + at, widen), b = steps_at(w[1] + at, widen);
    __m128i c = steps_at(w[2] + at, widen), d = steps_at(w[3] + at, widen);
    __m128i ab = _mm_unpacklo_epi32(a, b), cd = _mm_unpacklo_epi32(c, d);
    __m128i ef = _mm_unpackhi_epi32(a, b), gh = _mm_unpackhi_epi32(c, d);
    _mm_storeu_si128((__m128i *)(void *)to, _mm_unpacklo_epi64(ab, cd));
    if (steps > 1)
        _mm_storeu_si128((__m128i *)(void *)(to + lanes), _mm_unpackhi_epi64(ab, cd));
    if (steps > 2)
        _mm_storeu_si128((__m128i *)(void *)(to + 2 * lanes), _mm_unpacklo_epi64(ef, gh));
    if (steps > 3)
        _mm_storeu_si128((__m128i *)(void *)(to + 3 * lanes), _mm_unpackhi_epi64(ef, gh));
}

void edsc_pack_x86(const edsc_packing *k, const uint8_t *w, size_t n, size_t stride, size_t run, uint32_t *to) {
    const int widen = k->depth == 2;
    const size_t step = k->depth * k->size, lanes = k->lanes, rest = run % (4 * step);
    for (size_t lane = 0; lane < lanes; lane += 4) {
        const uint8_t *row[4]; /* a lane without a channel has the first one's */
        for (size_t q = 0; q < 4; q++)
            row[q] = w + (lane + q < n ? lane + q : 0) * stride;
        uint32_t *out = to + lane;
        for (size_t at = 0; at < stride;) {
            for (const size_t end = at + run - rest; at < end; at += 4 * step, out += 4 * lanes)
                turn(row, at, widen, 4, lanes, out);
            if (rest) {
                uint8_t some[4][16] = {{0}};
                const uint8_t *const copy[] = {some[0], some[1], some[2], some[3]};
                const size_t steps = (rest + step - 1) / step;
                for (size_t q = 0; q < 4; q++)
                    memcpy(some[q], row[q] + at, rest);
                turn(copy, 0, widen, steps, lanes, out);
                at += rest;
                out += steps * lanes;
            }
        }
    }
}
#endif
