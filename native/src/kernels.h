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

/* What a depthwise convolution may have: taps, and channels at a time; and what these are made ready in, bytes. */
#ifdef EDSC_SMALL
enum { EDSC_TAPS = 49, EDSC_CHANNELS = 32, EDSC_LANES = 1, EDSC_TAPS_ROUND = 1 };
#else
enum { EDSC_TAPS = 128, EDSC_CHANNELS = 256, EDSC_LANES = 64, EDSC_TAPS_ROUND = 4 };
enum { EDSC_READY = EDSC_LANES * (8 + 2 * EDSC_TAPS) };
#endif

/* Channels of a depthwise convolution. */
typedef struct edsc_depthwise {
    const void *w;           /* [channels][taps], until made ready */
    const void *b;           /* may be NULL */
    const float *multiplier; /* NULL: y are sums */
    size_t channels, taps;
    size_t lanes; /* a multiple of channels: those of pixels side by side */
    int32_t x_zero, y_zero, lo, hi;
    float real_lo, real_hi;
} edsc_depthwise;

/* A sum of two quantized values: half of a step and both zero points, times their multipliers, are in `start`. */
typedef struct edsc_sum {
    int32_t a_multiplier, b_multiplier, start, shift, zero, lo, hi;
} edsc_sum;

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

#if defined(__x86_64__) && defined(__GNUC__) && !defined(EDSC_STATIC_KERNELS) && !defined(EDSC_SMALL)
#define EDSC_HAS_PACKED 1
/* A convolution on packed weights (convolve_packed.c): pixels beside each other see runs, in rows of bytes. */
enum { EDSC_PACKED_PIXELS = 8 };
struct edsc_convolution;
typedef struct edsc_packed {
    const uint32_t *at;       /* where the first pixel sees each run, in bytes */
    size_t runs, steps, step; /* steps: of a run; step: bytes from a pixel to the next */
} edsc_packed;
/* For `lanes` output channels at a time. A step is 4 bytes of a row, `depth` values; x, w and y have `size` bytes. */
typedef struct edsc_packing {
    size_t lanes, depth, size;
    /* n values of x -> row; NULL: as they are. */
    void (*load)(const void *x, size_t n, int32_t zero, void *row);
    /* Takes out of what the sums begin with that load() does not take off the zero point; NULL: it does. */
    void (*less)(void *packed, const void *end, int32_t zero);
    /* y of channels j to j + n of some pixels. Rows are read as for a multiple of EDSC_PACKED_PIXELS. */
    void (*run)(const struct edsc_convolution *v, const edsc_packed *p, const uint8_t *rows, const void *packed,
                size_t j, size_t n, void *y, size_t pixels);
} edsc_packing;
/* Weights of n <= lanes channels, `stride` bytes each, in runs of `run` bytes -> for each step the values of every
 * lane; a run ends with a step. */
void edsc_pack_x86(const edsc_packing *k, const uint8_t *w, size_t n, size_t stride, size_t run, uint32_t *to);
#endif

typedef struct edsc_kernels {
    const char *name;
    /* sums[p * step + j] += sum_i x[p][i] w[j * stride + i] for p < pixels, j < m, i < k. */
    void (*dot_tile_f32)(const float *const *x, size_t pixels, const float *w, size_t stride, float *sums, size_t step,
                         size_t m, size_t k);
    /* The same for x - zero, zero being a value of int8. */
    void (*dot_tile_i8)(const int8_t *const *x, size_t pixels, int32_t zero, const int8_t *w, size_t stride,
                        int32_t *sums, size_t step, size_t m, size_t k);
    /* y[p * y_step + i], for p < pixels and i < n <= lanes, out of b[i] + sum_t (x[t][p * step + i] - x_zero) w[i][t]:
     * clamped; or requantized by multiplier[i]; or, of one pixel, as it is, in int32. x has pointers, to whatever can
     * be read, for taps rounded up to a multiple of EDSC_TAPS_ROUND. EDSC_SMALL: one pixel, nothing made ready. */
    void (*depthwise_f32)(const edsc_depthwise *d, const float *const *x, size_t step, size_t n, size_t pixels,
                          float *y, size_t y_step);
    void (*depthwise_i8)(const edsc_depthwise *d, const int8_t *const *x, size_t step, size_t n, size_t pixels, void *y,
                         size_t y_step);
#ifndef EDSC_SMALL
    /* Lays out w, b and multiplier in `room`, of EDSC_READY bytes, lane by lane, as the two above want them. */
    void (*depthwise_ready_i8)(edsc_depthwise *d, int32_t *room);
#endif
    /* y[i] = edsc_requantize(sums[i], multiplier[i], zero, lo, hi); multipliers are finite. */
    void (*requantize_i8)(const int32_t *sums, const float *multiplier, int32_t zero, int32_t lo, int32_t hi, int8_t *y,
                          size_t n);
#ifdef EDSC_HAS_PACKED
    const edsc_packing *packed_i8, *packed_f32; /* NULL: none */
#endif
#ifndef EDSC_SMALL
    /* y[i] = the sum of a[i] and b[i]; y may be a or b. */
    void (*add_i8)(const edsc_sum *sum, const int8_t *a, const int8_t *b, int8_t *y, size_t n);
    /* right[i] = 1 where test i sends the row x right, else 0. */
    void (*tree_tests_f32)(const edsc_tests *tests, const float *x, uint8_t *right);
#endif
    /* ranks[i] = how many thresholds of run i the row x is above; the rank of missing values for those. Up to 15 ranks
     * behind the last may be overwritten. */
    void (*tree_ranks_f32)(const edsc_runs *runs, const float *x, uint8_t *ranks);
    /* leaf[i] = the number of the leaf of tree i, for EDSC_SWEEP_ROWS rows of a group, or one row of 1 or 2 groups. */
    void (*tree_sweep)(const edsc_sweep *sweep, size_t groups);
} edsc_kernels;

#ifdef EDSC_SMALL
#define EDSC_READY_I8(SUFFIX)
#else
#define EDSC_READY_I8(SUFFIX) edsc_depthwise_ready_i8_##SUFFIX,
#endif
/* The members dot_*, depthwise_* and requantize_i8, of a file of their own for each instruction set:
 * kernels/dot_<suffix>.c. */
#define EDSC_DOTS(SUFFIX)                                                                                              \
    edsc_dot_tile_f32_##SUFFIX, edsc_dot_tile_i8_##SUFFIX, edsc_depthwise_f32_##SUFFIX, edsc_depthwise_i8_##SUFFIX,    \
        EDSC_READY_I8(SUFFIX) edsc_requantize_i8_##SUFFIX
#define EDSC_DECLARE_DOTS(SUFFIX)                                                                                      \
    void edsc_dot_tile_f32_##SUFFIX(const float *const *, size_t, const float *, size_t, float *, size_t, size_t,      \
                                    size_t);                                                                           \
    void edsc_dot_tile_i8_##SUFFIX(const int8_t *const *, size_t, int32_t, const int8_t *, size_t, int32_t *, size_t,  \
                                   size_t, size_t);                                                                    \
    void edsc_depthwise_f32_##SUFFIX(const edsc_depthwise *, const float *const *, size_t, size_t, size_t, float *,    \
                                     size_t);                                                                          \
    void edsc_depthwise_i8_##SUFFIX(const edsc_depthwise *, const int8_t *const *, size_t, size_t, size_t, void *,     \
                                    size_t);                                                                           \
    void edsc_depthwise_ready_i8_##SUFFIX(edsc_depthwise *, int32_t *);                                                \
    void edsc_requantize_i8_##SUFFIX(const int32_t *, const float *, int32_t, int32_t, int32_t, int8_t *, size_t);
EDSC_DECLARE_DOTS(generic)
void edsc_add_i8_generic(const edsc_sum *, const int8_t *, const int8_t *, int8_t *, size_t);
void edsc_depthwise_ready_f32(edsc_depthwise *d, int32_t *room); /* of all sets */

extern const edsc_kernels edsc_kernels_generic;
#if defined(__x86_64__) && defined(__GNUC__) && !defined(EDSC_STATIC_KERNELS) && !defined(EDSC_SMALL)
#define EDSC_HAS_X86_AVX2 1
#define EDSC_HAS_X86_AVX512 1
extern const edsc_kernels edsc_kernels_x86_avx2, edsc_kernels_x86_avx512;
EDSC_DECLARE_DOTS(avx2)
void edsc_add_i8_avx2(const edsc_sum *, const int8_t *, const int8_t *, int8_t *, size_t);
EDSC_DECLARE_DOTS(avx512)
extern const edsc_packing edsc_packed_i8_avx2, edsc_packed_f32_avx2, edsc_packed_i8_avx512, edsc_packed_f32_avx512;
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
