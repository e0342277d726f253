/* kernels.h: the inner loops that have ISA-specific forms, as one struct of function pointers. A set is a file in
 * kernels/; the operators never name an ISA. With EDSC_STATIC_KERNELS (microcontrollers) a call is a direct call of the
 * generic set. Sets agree bit for bit on integers and within the float tolerance on floats. */
#ifndef EDSC_KERNELS_H
#define EDSC_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* The tests of a tree ensemble (edgescore/ops/trees.py). */
typedef struct edsc_tests {
    const void *kinds, *runs, *thresholds; /* of the types that the reader of the struct names */
    const uint32_t *sets;
    uint32_t count, run_count;
    int32_t category;
} edsc_tests;

typedef struct edsc_kernels {
    const char *name;
    /* y[j] = b[j] + sum_i x[i] w[j * k + i] for j < m; b may be NULL. */
    void (*gemv_f32)(const float *x, const float *w, const float *b, float *y, size_t m, size_t k);
    /* The same for int8 operands with int32 sums. */
    void (*gemv_i8)(const int8_t *x, const int8_t *w, const int32_t *b, int32_t *y, size_t m, size_t k);
#ifndef EDSC_SMALL
    /* right[i] = 1 where test i sends the row x right, else 0; kinds and runs are uint16_t. */
    void (*tree_tests_f32)(const edsc_tests *tests, const float *x, uint8_t *right);
#endif
} edsc_kernels;

extern const edsc_kernels edsc_kernels_generic;
#if defined(__x86_64__) && defined(__GNUC__) && !defined(EDSC_STATIC_KERNELS) && !defined(EDSC_SMALL)
#define EDSC_HAS_X86_AVX2 1
extern const edsc_kernels edsc_kernels_x86_avx2;
#endif

#ifdef EDSC_STATIC_KERNELS
#define EDSC_KERNEL(member) edsc_kernels_generic.member
#else
extern const edsc_kernels *edsc_kernels_active;
#define EDSC_KERNEL(member) edsc_kernels_active->member
#endif

#endif
