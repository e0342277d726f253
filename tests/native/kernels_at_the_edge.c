/* kernels_at_the_edge.c: every kernel set this processor runs, on operands that end where memory ends, or begin where
 * it begins: a constant may be the last thing in a mapped file. Integers must be those of a plain loop bit for bit,
 * floats within what reordering can change, and nothing beside the results may be written. Prints each set; 0, or 1. */
#define _DEFAULT_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "edgescore.h"
#include "fixed.h"
#include "kernels.h"

enum { ROOM = 1 << 17, MOST_K = 70, MOST_ROWS = 9, MOST_PIXELS = 5, MOST_TAPS = 10 };

static const edsc_kernels *set;
static uint64_t state = 1;

static uint32_t draw(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

/* A place of ROOM bytes between two pages that nobody may touch. */
static uint8_t *fenced(void) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *p = mmap(NULL, ROOM + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED || mprotect(p + page, ROOM, PROT_READ | PROT_WRITE))
        exit(2);
    return p + page;
}

/* Operands, each in a place of its own; the last results are kept to compare. */
static uint8_t *x_place, *w_place, *y_place;
static int at_end;

static void *put(uint8_t *place, size_t bytes) { return at_end ? place + ROOM - bytes : place; }

static void *bytes_at(uint8_t *place, size_t count) {
    int8_t *p = put(place, count);
    for (size_t i = 0; i < count; i++)
        p[i] = (int8_t)(draw() % 4 ? draw() : draw() % 2 ? 0x80 : 0x7F);
    return p;
}

static void *reals_at(uint8_t *place, size_t count) {
    float *p = put(place, count * sizeof *p);
    for (size_t i = 0; i < count; i++)
        p[i] = (float)((int32_t)(draw() % 2001) - 1000) / 256.0f;
    return p;
}

static void differ(const char *what, size_t k, size_t m, size_t pixels) {
    fprintf(stderr, "%s: %s of k %zu, m %zu, pixels or taps %zu, at the %s\n", set->name, what, k, m, pixels,
            at_end ? "end" : "beginning");
    exit(1);
}

static void tiles(size_t k, size_t m, size_t pixels, size_t gap, int32_t zero) {
    const size_t stride = k + gap, step = m + gap, count = (pixels - 1) * step + m;
    const int8_t *x = bytes_at(x_place, pixels * k), *w = bytes_at(w_place, (m - 1) * stride + k), *from[MOST_PIXELS];
    int32_t *sums = bytes_at(y_place, count * sizeof *sums), expected[(MOST_ROWS + 3) * MOST_PIXELS];
    for (size_t i = 0; i < count; i++)
        expected[i] = sums[i] = (int32_t)(draw() % 1000000) - 500000;
    for (size_t p = 0; p < pixels; p++) {
        from[p] = x + p * k;
        for (size_t j = 0; j < m; j++)
            for (size_t i = 0; i < k; i++)
                expected[p * step + j] += (from[p][i] - zero) * w[j * stride + i];
    }
    set->dot_tile_i8(from, pixels, zero, w, stride, sums, step, m, k);
    if (memcmp(sums, expected, count * sizeof *sums) != 0)
        differ("dot_tile_i8", k, m, pixels);

    const float *xs = reals_at(x_place, pixels * k), *ws = reals_at(w_place, (m - 1) * stride + k);
    const float *reals[MOST_PIXELS];
    float *y = reals_at(y_place, count), before[(MOST_ROWS + 3) * MOST_PIXELS];
    memcpy(before, y, count * sizeof *y);
    for (size_t p = 0; p < pixels; p++)
        reals[p] = xs + p * k;
    set->dot_tile_f32(reals, pixels, ws, stride, y, step, m, k);
    for (size_t at = 0; at < count; at++) {
        double sum = before[at], size = fabs(sum);
        for (size_t i = 0; at % step < m && i < k; i++) {
            double product = (double)reals[at / step][i] * ws[at % step * stride + i];
            sum += product;
            size += fabs(product);
        }
        if (!(fabs(sum - y[at]) <= (at % step < m ? 1e-5 * size : 0)))
            differ("dot_tile_f32", k, m, pixels);
    }
}

/* Pixels `step` apart that each see `count` taps, of n lanes; the channels are there twice if `twice`. */
static void depthwise(size_t channels, size_t count, int twice, int as_sums, int32_t zero) {
    static int32_t room[EDSC_READY / sizeof(int32_t)];
    const size_t lanes = twice ? 2 * channels : channels, n = twice && count % 2 ? channels : lanes;
    const size_t pixels = as_sums ? 1 : 1 + count % 3, step = n + 1, y_step = n + 2;
    const size_t size = (pixels - 1) * step + n, made = (pixels - 1) * y_step + n;
    const int8_t *x = bytes_at(x_place, count * size), *w = bytes_at(w_place, channels * count);
    const int8_t *see[MOST_TAPS + EDSC_TAPS_ROUND];
    int32_t b[MOST_K];
    float multiplier[MOST_K];
    for (size_t i = 0; i < channels; i++) {
        b[i] = (int32_t)(draw() % 20000) - 10000;
        multiplier[i] = (float)(draw() % 100) / 8192.0f;
    }
    for (size_t t = 0; t < count + EDSC_TAPS_ROUND; t++)
        see[t] = x + (t < count ? count - 1 - t : 0) * size;
    edsc_depthwise d = {.w = w, .b = b, .multiplier = as_sums ? NULL : multiplier, .channels = channels};
    d.taps = count;
    d.lanes = lanes;
    d.x_zero = zero;
    d.y_zero = zero / 2;
    d.lo = -100;
    d.hi = 127;
    int8_t *y = bytes_at(y_place, as_sums ? 4 * made : made), before[3 * (2 * MOST_K + 2)];
    memcpy(before, y, made);
    set->depthwise_ready_i8(&d, room);
    set->depthwise_i8(&d, see, step, n, pixels, y, y_step);
    for (size_t at = 0; at < made; at++) {
        const size_t i = at % y_step, c = i % channels;
        int32_t sum = b[c];
        for (size_t t = 0; i < n && t < count; t++)
            sum += (see[t][at / y_step * step + i] - zero) * w[c * count + t];
        int32_t found = as_sums ? ((int32_t *)(void *)y)[at] : y[at];
        if (!as_sums)
            sum = i < n ? edsc_requantize(sum, multiplier[c], d.y_zero, d.lo, d.hi) : before[at];
        if (found != sum)
            differ("depthwise_i8", n, lanes, count);
    }

    const float *xs = reals_at(x_place, count * size), *ws = reals_at(w_place, channels * count);
    const float *reals[MOST_TAPS + EDSC_TAPS_ROUND];
    float *made_of = reals_at(y_place, made), kept[3 * (2 * MOST_K + 2)], biases[MOST_K];
    memcpy(kept, made_of, made * sizeof *kept);
    for (size_t i = 0; i < channels; i++)
        biases[i] = (float)b[i] / 256.0f;
    for (size_t t = 0; t < count + EDSC_TAPS_ROUND; t++)
        reals[t] = xs + (t < count ? count - 1 - t : 0) * size;
    d.w = ws;
    d.b = as_sums ? NULL : biases;
    d.multiplier = NULL;
    d.real_lo = -20;
    d.real_hi = INFINITY;
    edsc_depthwise_ready_f32(&d, room);
    set->depthwise_f32(&d, reals, step, n, pixels, made_of, y_step);
    for (size_t at = 0; at < made; at++) {
        const size_t i = at % y_step, c = i % channels;
        double sum = as_sums ? 0 : biases[c], most = fabs(sum);
        for (size_t t = 0; i < n && t < count; t++) {
            double product = (double)reals[t][at / y_step * step + i] * ws[c * count + t];
            sum += product;
            most += fabs(product);
        }
        sum = i >= n ? kept[at] : sum < -20 ? -20 : sum;
        if (!(fabs(sum - made_of[at]) <= (i < n ? 1e-5 * most : 0)))
            differ("depthwise_f32", n, lanes, count);
    }
}

static void added(size_t n) {
    const int8_t *a = bytes_at(x_place, n), *b = bytes_at(w_place, n);
    int8_t *y = bytes_at(y_place, n), kept[MOST_K];
    const edsc_sum sum = {(int32_t)(draw() % 4194305) - 2097152,
                          (int32_t)(draw() % 4194305) - 2097152,
                          (int32_t)(draw() % 536870912),
                          1 + (int32_t)(draw() % 30),
                          3,
                          -120,
                          127};
    for (int in_place = 0; in_place < 2; in_place++) {
        memcpy(kept, in_place ? y : a, n);
        set->add_i8(&sum, in_place ? y : a, b, y, n);
        for (size_t i = 0; i < n; i++) {
            int32_t value = kept[i] * sum.a_multiplier + b[i] * sum.b_multiplier + sum.start;
            value = (value >> sum.shift) + sum.zero;
            if (y[i] != (value < sum.lo ? sum.lo : value > sum.hi ? sum.hi : value))
                differ("add_i8", n, 1, 1);
        }
    }
}

static void requantized(size_t n, int32_t zero, int32_t lo, int32_t hi) {
    int32_t *sums = bytes_at(x_place, n * sizeof *sums);
    float *multiplier = reals_at(w_place, n);
    int8_t *y = bytes_at(y_place, n);
    for (size_t i = 0; i < n; i++) { /* halves, and what an int32 cannot hold */
        sums[i] = draw() % 4 ? (int32_t)(draw() % 600) - 300 : (int32_t)(draw() << 1);
        multiplier[i] = draw() % 8 ? 0.5f : draw() % 2 ? 3e38f : -1e-40f;
    }
    set->requantize_i8(sums, multiplier, zero, lo, hi, y, n);
    for (size_t i = 0; i < n; i++)
        if (y[i] != edsc_requantize(sums[i], multiplier[i], zero, lo, hi))
            differ("requantize_i8", n, 1, 1);
}

static void all_sizes(void) {
    static const int32_t zeros[] = {0, -128, 127, 3};
    for (size_t k = 1; k <= MOST_K; k++) {
        const int32_t zero = zeros[k % 4];
        for (size_t m = 1; m <= MOST_ROWS; m++)
            for (size_t pixels = 1; pixels <= MOST_PIXELS; pixels++)
                tiles(k, m, pixels, m % 2 * 3, zeros[draw() % 4]);
        for (size_t count = 1; count <= MOST_TAPS; count++)
            for (int i = 0; i < 4; i++)
                depthwise(k, count, i % 2, i / 2, zeros[draw() % 4]);
        added(k);
        requantized(k, zero, -128, 127);
        requantized(k, zero, zero, 127);
    }
    for (size_t k = 250; k <= 260; k++)
        tiles(k, 4, 4, 0, -128);
    for (size_t m = 16; m < MOST_PIXELS * MOST_ROWS; m += 19) /* rows enough for a pixel on its own */
        for (size_t k = 1; k <= 200; k += k % 64 ? 7 : 1)
            tiles(k, m, 1, 0, 0);
}

int main(void) {
    static const edsc_kernels *const sets[] = {
#ifdef EDSC_HAS_X86_AVX2
        &edsc_kernels_x86_avx512, &edsc_kernels_x86_avx2,
#endif
#ifdef EDSC_HAS_ARM_NEON
        &edsc_kernels_arm_neon,
#endif
        &edsc_kernels_generic};
    x_place = fenced();
    w_place = fenced();
    y_place = fenced();
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        set = sets[i];
        if (edsc_use_kernels(set->name))
            continue;
        for (at_end = 0; at_end < 2; at_end++)
            all_sizes();
        puts(set->name);
    }
    return 0;
}
