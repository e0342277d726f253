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

static void taps(size_t n, size_t count, int32_t zero) {
    const int8_t *x = bytes_at(x_place, count * n), *w = bytes_at(w_place, count * n), *see[MOST_TAPS],
                 *with[MOST_TAPS];
    int32_t *sums = bytes_at(y_place, n * sizeof *sums), expected[MOST_K];
    for (size_t i = 0; i < n; i++)
        expected[i] = sums[i] = (int32_t)(draw() % 1000000) - 500000;
    for (size_t t = 0; t < count; t++) {
        see[t] = x + (count - 1 - t) * n;
        with[t] = w + t * n;
        for (size_t i = 0; i < n; i++)
            expected[i] += (see[t][i] - zero) * with[t][i];
    }
    set->dot_taps_i8(see, zero, with, count, sums, n);
    if (memcmp(sums, expected, n * sizeof *sums) != 0)
        differ("dot_taps_i8", n, 1, count);

    const float *xs = reals_at(x_place, count * n), *ws = reals_at(w_place, count * n), *reals[MOST_TAPS],
                *factors[MOST_TAPS];
    float *y = reals_at(y_place, n), before[MOST_K];
    memcpy(before, y, n * sizeof *y);
    for (size_t t = 0; t < count; t++) {
        reals[t] = xs + (count - 1 - t) * n;
        factors[t] = ws + t * n;
    }
    set->dot_taps_f32(reals, factors, count, y, n);
    for (size_t i = 0; i < n; i++) {
        double sum = before[i], size = fabs(sum);
        for (size_t t = 0; t < count; t++) {
            sum += (double)reals[t][i] * factors[t][i];
            size += fabs((double)reals[t][i] * factors[t][i]);
        }
        if (!(fabs(sum - y[i]) <= 1e-5 * size))
            differ("dot_taps_f32", n, 1, count);
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
            taps(k, count, zeros[draw() % 4]);
        requantized(k, zero, -128, 127);
        requantized(k, zero, zero, 127);
    }
    for (size_t k = 250; k <= 260; k++)
        tiles(k, 4, 4, 0, -128);
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
