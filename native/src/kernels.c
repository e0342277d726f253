/* kernels.c: the list of kernel sets, best first, the choice among them, and what all of them do alike. */
#include "hot.h"

#include "kernels.h"

#include <string.h>

#include "internal.h"

/* Every set of this build, best first. */
#if defined(EDSC_HAS_X86_AVX2)
#define FOR_EACH_SET(X) X(x86_avx512) X(x86_avx2) X(generic)
#elif defined(EDSC_HAS_ARM_NEON)
#define FOR_EACH_SET(X) X(arm_neon) X(generic)
#else
#define FOR_EACH_SET(X) X(generic)
#endif

#define ADDRESS(set) &edsc_kernels_##set,
static const edsc_kernels *const sets[] = {FOR_EACH_SET(ADDRESS)};
#define SETS (sizeof sets / sizeof *sets)

#ifndef EDSC_STATIC_KERNELS
const edsc_kernels *edsc_kernels_active = &edsc_kernels_generic;
#endif

static int runs_here(const edsc_kernels *set) {
#ifdef EDSC_HAS_X86_AVX2
    /* The builtin asks the operating system (XCR0) as well as the CPU. */
    if (set != &edsc_kernels_generic && !(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")))
        return 0;
    if (set == &edsc_kernels_x86_avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
               __builtin_cpu_supports("avx512vnni");
#endif
    (void)set; /* elsewhere every set of the build runs: NEON is part of aarch64 */
    return 1;
}

#define NAME(set) #set,
const char *const *edsc_kernel_names(void) {
    static const char *const names[] = {FOR_EACH_SET(NAME) NULL};
    return names;
}

int edsc_use_kernels(const char *name) {
    for (size_t i = 0; i < SETS; i++) {
        if (name ? strcmp(sets[i]->name, name) != 0 : !runs_here(sets[i]))
            continue;
        if (!runs_here(sets[i]))
            return EDSC_ERR_ARGUMENT;
#ifndef EDSC_STATIC_KERNELS
        edsc_kernels_active = sets[i];
#endif
        return EDSC_OK;
    }
    return EDSC_ERR_ARGUMENT;
}

const char *edsc_kernels_in_use(void) {
#ifdef EDSC_STATIC_KERNELS
    return edsc_kernels_generic.name;
#else
    return edsc_kernels_active->name;
#endif
}

#define DENSE(NAME, VALUE, SUM, TILE)                                                                                  \
    void NAME(const VALUE *x, size_t n, const VALUE *w, const SUM *b, SUM *y, size_t step, size_t m, size_t k) {       \
        for (size_t rows; n; n -= rows, y += rows * step) {                                                            \
            const VALUE *row[EDSC_ROWS];                                                                               \
            for (rows = 0; rows < n && rows < EDSC_ROWS; rows++, x += k) {                                             \
                row[rows] = x;                                                                                         \
                for (size_t j = 0; j < m; j++)                                                                         \
                    y[rows * step + j] = b ? b[j] : 0;                                                                 \
            }                                                                                                          \
            TILE;                                                                                                      \
        }                                                                                                              \
    }
DENSE(edsc_dense_f32, float, float, EDSC_KERNEL(dot_tile_f32)(row, rows, w, k, y, step, m, k))
DENSE(edsc_dense_i8, int8_t, int32_t, EDSC_KERNEL(dot_tile_i8)(row, rows, 0, w, k, y, step, m, k))

#ifndef EDSC_SMALL
/* Weights turned, so that lanes lie side by side. */
#define TURN(NAME, TYPE, SUM)                                                                                          \
    void NAME(edsc_depthwise *d, int32_t *room) {                                                                      \
        const TYPE *from = d->w;                                                                                       \
        SUM *b = (SUM *)(void *)room;                                                                                  \
        float *multiplier = (float *)(void *)(room + d->lanes);                                                        \
        TYPE *w = (TYPE *)(void *)(room + 2 * d->lanes);                                                               \
        for (size_t i = 0, c = 0; i < d->lanes; i++, c = c + 1 < d->channels ? c + 1 : 0) {                            \
            b[i] = d->b ? ((const SUM *)d->b)[c] : 0;                                                                  \
            if (d->multiplier)                                                                                         \
                multiplier[i] = d->multiplier[c];                                                                      \
            for (size_t t = 0; t < d->taps; t++)                                                                       \
                w[t * d->lanes + i] = from[c * d->taps + t];                                                           \
        }                                                                                                              \
        d->w = w;                                                                                                      \
        d->b = b;                                                                                                      \
        d->multiplier = d->multiplier ? multiplier : NULL;                                                             \
    }
TURN(edsc_depthwise_ready_f32, float, float)
TURN(edsc_depthwise_ready_i8_generic, int8_t, int32_t)

enum { CHUNK = 64 }; /* loops of so many, apart from operands that y may lie on, become vectors */

void edsc_add_i8_generic(const edsc_sum *sum, const int8_t *a, const int8_t *b, int8_t *y, size_t n) {
    const edsc_sum s = *sum;
    for (size_t m; n; n -= m, a += m, b += m, y += m) {
        int8_t of_a[CHUNK] = {0}, of_b[CHUNK] = {0};
        int32_t first[CHUNK], second[CHUNK];
        m = n < CHUNK ? n : CHUNK;
        memcpy(of_a, a, m);
        memcpy(of_b, b, m);
        for (size_t i = 0; i < CHUNK; i++)
            first[i] = of_a[i];
        for (size_t i = 0; i < CHUNK; i++)
            second[i] = of_b[i];
        for (size_t i = 0; i < CHUNK; i++) { /* the shift is an arithmetic one, as every compiler we know makes it */
            int32_t value = ((s.start + first[i] * s.a_multiplier + second[i] * s.b_multiplier) >> s.shift) + s.zero;
            value = value < s.lo ? s.lo : value;
            first[i] = value > s.hi ? s.hi : value;
        }
        for (size_t i = 0; i < CHUNK; i++)
            of_a[i] = (int8_t)first[i];
        memcpy(y, of_a, m);
    }
}
#endif
