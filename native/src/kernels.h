/* kernels.h: the inner loops that have ISA-specific forms, as one struct of function pointers. A set is a file in
 * kernels/; the operators never name an ISA. With EDSC_STATIC_KERNELS (microcontrollers) a call is a direct call of the
 * generic set. Sets agree bit for bit on integers and within the float tolerance on floats. */
#ifndef EDSC_KERNELS_H
#define EDSC_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* The tests of a tree ensemble (edgescore/ops/trees.py). */
typedef struct edsc_tests {
    const void *kinds, *runs, *thresholds; /* thresholds of the type that the reader of the struct names */
    const uint32_t *sets;
    uint32_t count, run_count;
    int32_t category;
    uint8_t is_wide;   /* kinds and runs are uint32_t, else uint16_t */
    uint8_t is_by_run; /* there is a kind for each run, not for each test */
} edsc_tests;

/* Runs of tests of one kind, whose thresholds ascend (edgescore/ops/tree_sweep.py). */
typedef struct edsc_runs {
    const uint32_t *kinds;
    const uint16_t *ends;
    const void *thresholds;
    uint32_t count;
} edsc_runs;
static inline uint32_t edsc_run_feature(uint32_t kind) { return kind & 0x3FFFFF; }
static inline uint32_t edsc_run_missing(uint32_t kind) { return kind >> 22 & 255; }
static inline uint32_t edsc_run_zero_missing(uint32_t kind) { return kind >> 30 & 1; }
static inline uint32_t edsc_run_categorical(uint32_t kind) { return kind >> 31; }

/* A group of trees laid out for a sweep, and rows to take through it (edgescore/ops/tree_sweep.py). */
enum { EDSC_SWEEP_LANES = 64, EDSC_SWEEP_RANKS = 256, EDSC_SWEEP_ROWS = 4 };
typedef struct edsc_sweep {
    const uint8_t *nodes;  /* splits x 3 x width bytes */
    const uint32_t *first; /* number of each tree's leaf 0 */
    const uint8_t *ranks;  /* EDSC_SWEEP_RANKS a row, `runs` of them set */
    uint32_t *leaf;        /* EDSC_SWEEP_LANES a row */
    uint32_t splits, trees, width, runs, rows;
} edsc_sweep;
static inline void edsc_sweep_leaves(const edsc_sweep *s, size_t row, size_t at, size_t lanes, const uint8_t *stands) {
    for (size_t i = at; i < at + lanes && i < s->trees; i++)
        s->leaf[row * EDSC_SWEEP_LANES + i] = s->first[i] + stands[i - at];
}

typedef struct edsc_kernels {
    const char *name;
    /* sums[p * step + j] += sum_i x[p][i] w[j * stride + i] for p < pixels, j < m, i < k. */
    void (*dot_tile_f32)(const float *const *x, size_t pixels, const float *w, size_t stride, float *sums, size_t step,
                         size_t m, size_t k);
    /* The same for x - zero, zero being a value of int8. */
    void (*dot_tile_i8)(const int8_t *const *x, size_t pixels, int32_t zero, const int8_t *w, size_t stride,
                        int32_t *sums, size_t step, size_t m, size_t k);
    /* sums[i] += sum_t x[t][i] w[t][i] for t < taps, i < n. */
    void (*dot_taps_f32)(const float *const *x, const float *const *w, size_t taps, float *sums, size_t n);
    void (*dot_taps_i8)(const int8_t *const *x, int32_t zero, const int8_t *const *w, size_t taps, int32_t *sums,
                        size_t n);
    /* y[i] = edsc_requantize(sums[i], multiplier[i], zero, lo, hi); multipliers are finite. */
    void (*requantize_i8)(const int32_t *sums, const float *multiplier, int32_t zero, int32_t lo, int32_t hi, int8_t *y,
                          size_t n);
#ifndef EDSC_SMALL
    /* right[i] = 1 where test i sends the row x right, else 0. */
    void (*tree_tests_f32)(const edsc_tests *tests, const float *x, uint8_t *right);
#endif
    /* ranks[i] = how many thresholds of run i the row x is above; the rank of missing values for those. Up to 15 ranks
     * behind the last may be overwritten. */
    void (*tree_ranks_f32)(const edsc_runs *runs, const float *x, uint8_t *ranks);
    /* leaf[i] = the number of the leaf of tree i, for EDSC_SWEEP_ROWS rows of a group, or one row of 1 or 2 groups. */
    void (*tree_sweep)(const edsc_sweep *sweep, size_t groups);
} edsc_kernels;

/* The members dot_* and requantize_i8, of a file of their own for each instruction set: kernels/dot_<suffix>.c. */
#define EDSC_DOTS(SUFFIX)                                                                                              \
    edsc_dot_tile_f32_##SUFFIX, edsc_dot_tile_i8_##SUFFIX, edsc_dot_taps_f32_##SUFFIX, edsc_dot_taps_i8_##SUFFIX,      \
        edsc_requantize_i8_##SUFFIX
#define EDSC_DECLARE_DOTS(SUFFIX)                                                                                      \
    void edsc_dot_tile_f32_##SUFFIX(const float *const *, size_t, const float *, size_t, float *, size_t, size_t,      \
                                    size_t);                                                                           \
    void edsc_dot_tile_i8_##SUFFIX(const int8_t *const *, size_t, int32_t, const int8_t *, size_t, int32_t *, size_t,  \
                                   size_t, size_t);                                                                    \
    void edsc_dot_taps_f32_##SUFFIX(const float *const *, const float *const *, size_t, float *, size_t);              \
    void edsc_dot_taps_i8_##SUFFIX(const int8_t *const *, int32_t, const int8_t *const *, size_t, int32_t *, size_t);  \
    void edsc_requantize_i8_##SUFFIX(const int32_t *, const float *, int32_t, int32_t, int32_t, int8_t *, size_t);
EDSC_DECLARE_DOTS(generic)

extern const edsc_kernels edsc_kernels_generic;
#if defined(__x86_64__) && defined(__GNUC__) && !defined(EDSC_STATIC_KERNELS) && !defined(EDSC_SMALL)
#define EDSC_HAS_X86_AVX2 1
#define EDSC_HAS_X86_AVX512 1
extern const edsc_kernels edsc_kernels_x86_avx2, edsc_kernels_x86_avx512;
EDSC_DECLARE_DOTS(avx2)
EDSC_DECLARE_DOTS(avx512)
void edsc_tree_ranks_avx512(const edsc_runs *runs, const float *x, uint8_t *ranks);
void edsc_tree_sweep_avx512(const edsc_sweep *sweep, size_t groups);
#elif defined(__aarch64__) && defined(__GNUC__) && !defined(EDSC_STATIC_KERNELS) && !defined(EDSC_SMALL)
#define EDSC_HAS_ARM_NEON 1
extern const edsc_kernels edsc_kernels_arm_neon;
EDSC_DECLARE_DOTS(neon)
void edsc_tree_sweep_neon(const edsc_sweep *sweep, size_t groups);
#endif

#ifdef EDSC_STATIC_KERNELS
#define EDSC_KERNEL(member) edsc_kernels_generic.member
#else
extern const edsc_kernels *edsc_kernels_active;
#define EDSC_KERNEL(member) edsc_kernels_active->member
#endif

/* Rows at a time that share the loads of weights. */
#ifdef EDSC_SMALL
enum { EDSC_ROWS = 1 };
#else
enum { EDSC_ROWS = 4 };
#endif
/* y[p * step + j] = b[j] + sum_i x[p * k + i] w[j * k + i] for p < n, j < m; b may be NULL or, of one row, y. */
void edsc_dense_f32(const float *x, size_t n, const float *w, const float *b, float *y, size_t step, size_t m,
                    size_t k);
void edsc_dense_i8(const int8_t *x, size_t n, const int8_t *w, const int32_t *b, int32_t *y, size_t step, size_t m,
                   size_t k);

#endif
