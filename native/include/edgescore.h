/* edgescore.h: the whole public C API of the EdgeScore runtime.
 *
 * A model is bytes in the .edsc format, in flash, in a mapped file or in memory; it is used in place and must outlive
 * the edsc_model that describes it. edsc_open() checks every byte once and may fail; after it edsc_run() cannot fail on
 * the model's account. Nothing here allocates, prints, locks or aborts. The caller owns all memory:
 *
 *     static uint64_t arena[64];
 *     edsc_model model;
 *     if (edsc_open(&model, bytes, size) || edsc_arena_size(&model, 1) > sizeof arena) fail();
 *     edsc_reset(&model, arena);
 *     const void *in[] = {row};
 *     void *out[] = {scores, &label};
 *     edsc_run(&model, arena, sizeof arena, in, out, 1);
 *
 * One model may be shared by any number of threads, each with an arena of its own.
 * Functions that return int return 0 or a negative EDSC_ERR_* status. */
#ifndef EDGESCORE_H
#define EDGESCORE_H

#include <stddef.h>
#include <stdint.h>

#include "edgescore_status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define EDSC_ALIGNMENT 16u
#define EDSC_ALIGNED(bytes) (((bytes) + 15u) / 16u * 16u)
#define EDSC_SECTIONS 16
#define EDSC_MAX_RANK 6

/* An opened model: where its parts are in the caller's bytes. Treat the members as private. */
typedef struct edsc_model {
    const uint8_t *bytes;
    struct {
        uint32_t offset, size;
    } section[EDSC_SECTIONS];
    uint32_t arena, state, flags;
    uint16_t inputs, outputs;
} edsc_model;

/* What an input or output is. Names and labels point into the model's bytes. */
typedef struct edsc_info {
    const char *name;
    uint8_t dtype;    /* EDSC_FLOAT32, ... */
    uint8_t rank;     /* dimensions, the row dimension first */
    uint8_t is_label; /* outputs: a class index rather than scores */
    uint8_t accepts_nan;
    uint8_t squeeze;               /* a last dimension of 1 that callers may leave out */
    uint32_t dims[EDSC_MAX_RANK];  /* for one row */
    uint32_t row_bytes;            /* bytes of one row */
    uint32_t n_features, n_labels; /* 0 where there are none */
    float scale;                   /* real = scale * (q - zero_point); 0 where not quantized */
    int32_t zero_point;
} edsc_info;

/* Check `size` bytes of a model and describe them in `model`. `bytes` must be aligned to EDSC_ALIGNMENT. */
int edsc_open(edsc_model *model, const void *bytes, size_t size);

/* Bytes of arena for `rows` rows at a time: exactly what the file's plan says, state included. One row always works;
 * row-wise models go faster in batches with room for more. */
size_t edsc_arena_size(const edsc_model *model, size_t rows);

/* Set the state in `arena` to its initial value; call once before the first edsc_run() and to forget a stream. */
void edsc_reset(const edsc_model *model, void *arena);

/* Score `rows` rows. in[i] and out[i] point to C-contiguous rows of each input and output in the file's order; `arena`
 * has edsc_arena_size(model, 1) bytes at least, aligned as uint64_t. out[i] may be NULL for a label output. */
int edsc_run(const edsc_model *model, void *arena, size_t arena_size, const void *const *in, void *const *out,
             size_t rows);

/* Anytime scoring, of models whose scores come from one tree ensemble and the usual links behind it: the sum may stop
 * early, at a deadline say, and the score comes with bounds that hold whatever the remaining trees would have added.
 *
 *     static uint64_t memory[512];
 *     if (!edsc_anytime_size(&model) || edsc_anytime_size(&model) > sizeof memory) fail();
 *     edsc_anytime_prepare(&model, memory);
 *     edsc_anytime until = {.stop = is_late, .most = UINT32_MAX, .memory = memory};
 *     float score[4];
 *     void *out[] = {score};
 *     edsc_run_until(&model, arena, sizeof arena, in, out, &until);
 *     ... score[1] <= the score of all trees <= score[2], after until.trees of until.of trees */
typedef struct edsc_anytime {
    int (*stop)(void *context); /* asked before every 64 trees or fewer; nonzero: stop. NULL = never */
    void *context;
    uint32_t most;      /* trees at most: a limit for firmware that has no clock */
    uint32_t trees, of; /* set: trees in the score, trees in the model */
    void *memory;
} edsc_anytime;

/* Bytes of memory, aligned as double, that anytime scoring of this model takes in each thread; 0 where it cannot be:
 * no ensemble or several of them, or something behind it that has no bounds. */
size_t edsc_anytime_size(const edsc_model *model);

/* Write into `memory`, once, what each tree can add; EDSC_ERR_ARGUMENT where edsc_anytime_size() is 0, or a leaf is
 * infinite. */
int edsc_anytime_prepare(const edsc_model *model, void *memory);

/* edsc_run() for one row, until `until` says stop. out[i] has room for four rows: the score (with all trees that of
 * edsc_run(), bit for bit; of an average the average so far), its least value, its greatest, and one to work in. Of a
 * label output, which may be NULL, only the first row means something. */
int edsc_run_until(const edsc_model *model, void *arena, size_t arena_size, const void *const *in, void *const *out,
                   edsc_anytime *until);

/* edsc_run() for those who want the class only: sets the label output, to what edsc_run() sets it, always, and leaves
 * the scores in out[] undefined, whose room it works in. Where the file says how far the trees of its ensemble can move
 * a sum, those that cannot change the class any more are not asked; `asked`, unless NULL, grows by those that were.
 * Other models, and batches that are faster with all trees, are scored as edsc_run() does. */
int edsc_predict(const edsc_model *model, void *arena, size_t arena_size, const void *const *in, void *const *out,
                 size_t rows, uint64_t *asked);

/* EDSC_ERR_MISSING if an input that has no route for NaN holds one in `rows` rows, else 0. */
int edsc_check_input(const edsc_model *model, const void *const *in, size_t rows);

/* Inputs (0 <= index < model->inputs) and outputs; EDSC_ERR_ARGUMENT beyond. */
int edsc_input(const edsc_model *model, unsigned index, edsc_info *info);
int edsc_output(const edsc_model *model, unsigned index, edsc_info *info);
const char *edsc_input_feature(const edsc_model *model, unsigned input, uint32_t index); /* "" where there is none */
const char *edsc_output_label(const edsc_model *model, unsigned output, uint32_t index); /* "" where there is none */

/* The text of a status. */
const char *edsc_status_text(int status);

/* Kernel sets: names in order of preference, NULL at the end; edsc_use_kernels(NULL) picks the first this CPU runs.
 * Choose before other threads score. */
const char *const *edsc_kernel_names(void);
int edsc_use_kernels(const char *name);
const char *edsc_kernels_in_use(void);

/* Latency histogram: log-linear, 16 steps per doubling (at most 6.25 % wide), 1.9 KB, no floating point. */
#define EDSC_LATENCY_BUCKETS 480
typedef struct edsc_latency {
    uint64_t count, sum_ns, max_ns;
    uint32_t bucket[EDSC_LATENCY_BUCKETS];
} edsc_latency;

/* Count `rows` predictions that together took `ns`. */
void edsc_latency_record(edsc_latency *latency, uint64_t ns, uint32_t rows);
/* The upper edge of the bucket that holds the `per_mille` quantile (500 = median); 0 while empty. */
uint64_t edsc_latency_quantile(const edsc_latency *latency, unsigned per_mille);

#ifdef __cplusplus
}
#endif
#endif
