/* generic.c: the kernel set in plain C99; the definition that every other set is compared with. */
#include "../hot.h"

#include "../kernels.h"

static void gemv_f32(const float *x, const float *w, const float *b, float *y, size_t m, size_t k) {
    for (size_t j = 0; j < m; j++, w += k) {
        float sum = 0.0f;
        for (size_t i = 0; i < k; i++)
            sum += x[i] * w[i];
        y[j] = b ? sum + b[j] : sum;
    }
}

static void gemv_i8(const int8_t *x, const int8_t *w, const int32_t *b, int32_t *y, size_t m, size_t k) {
    for (size_t j = 0; j < m; j++, w += k) {
        int32_t sum = b ? b[j] : 0;
        for (size_t i = 0; i < k; i++)
            sum += x[i] * w[i];
        y[j] = sum;
    }
}

#ifndef EDSC_SMALL
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3") /* else gcc does not vectorise a loop of comparisons: 1.5 times slower on a big model */
#endif
#define REAL float
#define WORD uint16_t
#define TYPED(name) name##_f32_u16
#include "../tree_test.h"

static void tree_tests_f32(const edsc_tests *tests, const float *x, uint8_t *right) {
    answer_all_f32_u16(tests, x, right);
}
#endif

const edsc_kernels edsc_kernels_generic = {
    .name = "generic",
    .gemv_f32 = gemv_f32,
    .gemv_i8 = gemv_i8,
#ifndef EDSC_SMALL
    .tree_tests_f32 = tree_tests_f32,
#endif
};
