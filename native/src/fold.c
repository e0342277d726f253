/* fold.c: see fold.h. */
#include "fold.h"

void edsc_fold_run(const edsc_call *c, int32_t axes, void (*line)(edsc_fold *)) {
    edsc_walk kept, gone;
    edsc_reduction(c, axes, &kept, &gone);
    unsigned inner = edsc_walk_inner(&gone);
    size_t size = edsc_size(c, 0);
    const uint8_t *x = edsc_data(c, 0);
    edsc_fold f = {.y = edsc_data(c, 1),
                   .stride = gone.stride[inner][0],
                   .n = gone.size[inner],
                   .count = edsc_elements(c, 0) / edsc_elements(c, 1)};
    do {
        f.first = 1;
        do {
            f.x = x + kept.offset[0] + gone.offset[0];
            line(&f);
            f.first = 0;
        } while (edsc_walk_next(&gone, inner));
        f.y += size;
    } while (edsc_walk_next(&kept, kept.rank));
}
