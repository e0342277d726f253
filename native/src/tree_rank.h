/* tree_rank.h: the rank of a row in every run of tests (edgescore/ops/tree_sweep.py), for one float type: a binary
 * search without a branch that depends on the data. Missing values need tree_test.h, which the includer has.
 * Categorical runs get a number that means nothing. */
#define EDSC_RANK(NAME, REAL)                                                                                          \
    static inline void NAME(const edsc_runs *runs, const REAL *x, uint8_t *ranks) {                                    \
        const REAL *of = runs->thresholds;                                                                             \
        for (uint32_t run = 0, test = 0; run < runs->count; run++) {                                                   \
            uint32_t kind = runs->kinds[run], count = runs->ends[run] - test, rank = 0;                                \
            const REAL value = x[edsc_run_feature(kind)];                                                              \
            for (uint32_t left = count, half; left > 1; left -= half) {                                                \
                half = left / 2;                                                                                       \
                rank += half & (0u - (value > of[rank + half - 1]));                                                   \
            }                                                                                                          \
            rank += value > of[rank];                                                                                  \
            int missing = value != value ||                                                                            \
                          (edsc_run_zero_missing(kind) && value >= -EDSC_ZERO_LIMIT && value <= EDSC_ZERO_LIMIT);      \
            ranks[run] = (uint8_t)(missing ? edsc_run_missing(kind) : rank);                                           \
            test += count;                                                                                             \
            of += count;                                                                                               \
        }                                                                                                              \
    }
