/* kernels.c: the list of kernel sets, best first, and the choice among them. */
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
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi");
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
