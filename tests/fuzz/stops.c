/* stops.c: the calls that stop in the middle of an ensemble, edsc_predict() and edsc_run_until(), on models that
 * opened. They write nowhere but where they may (the sanitizers see to it), say the same whatever was in memory, agree
 * with edsc_run() where they saw all trees, and bounds hold what they promise. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "internal.h"

#define MAX_MEMORY (1u << 20)

typedef struct {
    void *out[FUZZ_PORTS];
    uint8_t *arena;
    size_t arena_size;
} buffers;

/* Room for `rows` rows, all of it `dirt`. */
static buffers take(const edsc_model *m, size_t rows, size_t room, int dirt) {
    buffers b = {.arena_size = edsc_arena_size(m, room)};
    edsc_info info;
    b.arena = malloc(b.arena_size ? b.arena_size : 1);
    memset(b.arena, dirt, b.arena_size);
    for (unsigned i = 0; i < m->outputs; i++) {
        edsc_output(m, i, &info);
        b.out[i] = malloc(rows * info.row_bytes);
        memset(b.out[i], dirt, rows * info.row_bytes);
    }
    edsc_reset(m, b.arena);
    return b;
}

static void give_back(const edsc_model *m, buffers *b) {
    for (unsigned i = 0; i < m->outputs; i++)
        free(b->out[i]);
    free(b->arena);
}

/* Classes, which may be wrong ones only where the file says when to stop. */
static void predict(chance *c, const edsc_model *m, uint8_t *const *inputs, uint8_t *const *expected, int labels,
                    size_t rows) {
    edsc_info info;
    unsigned label = 0;
    const void *in[FUZZ_PORTS];
    for (unsigned i = 0; i < m->inputs; i++)
        in[i] = inputs[i];
    for (; label < m->outputs; label++)
        if (edsc_output(m, label, &info) == 0 && info.is_label)
            break;
    buffers clean = take(m, rows, 1 + below(c, (uint32_t)rows), 0x00), dirty = take(m, rows, 1, 0xFF);
    uint64_t asked = 0;
    if (edsc_predict(m, clean.arena, clean.arena_size, in, clean.out, rows, &asked) ||
        edsc_predict(m, dirty.arena, dirty.arena_size, in, dirty.out, rows, NULL))
        fail("an opened model did not predict");
    if (label < m->outputs && memcmp(clean.out[label], dirty.out[label], rows * info.row_bytes) != 0)
        fail("a class depends on what was in memory");
    if (label < m->outputs && labels && !m->section[EDSC_SECTION_EARLY_EXIT].size &&
        memcmp(clean.out[label], expected[label], rows * info.row_bytes) != 0)
        fail("a class is not that of all trees");
    give_back(m, &clean);
    give_back(m, &dirty);
}

static int countdown(void *left) { return --*(int *)left < 0; }

static double number(const edsc_info *info, const void *row, size_t i) {
    return info->dtype == EDSC_FLOAT64 ? ((const double *)row)[i] : ((const float *)row)[i];
}

/* The four rows of an output that holds scores: the score, its ends, and what was worked in. */
static void check_bounds(const edsc_info *info, const uint8_t *rows, const uint8_t *whole, int is_whole) {
    if (is_whole && memcmp(rows, whole, info->row_bytes) != 0)
        fail("a score of all trees is another one");
    for (size_t i = 0; i < info->row_bytes / (info->dtype == EDSC_FLOAT64 ? sizeof(double) : sizeof(float)); i++)
        if (number(info, whole, i) < number(info, rows + info->row_bytes, i) ||
            number(info, whole, i) > number(info, rows + 2 * (size_t)info->row_bytes, i))
            fail("a score is outside its bounds");
}

static void run_until(chance *c, const edsc_model *m, uint8_t *const *inputs, uint8_t *const *expected) {
    size_t size = edsc_anytime_size(m);
    if (!size || size > MAX_MEMORY)
        return;
    edsc_info info;
    const void *in[FUZZ_PORTS];
    void *memory = malloc(size);
    for (unsigned i = 0; i < m->inputs; i++)
        in[i] = inputs[i];
    memset(memory, 0xFF, size);
    const uint32_t most = below(c, 2) ? UINT32_MAX : below(c, 40);
    const int asks = below(c, 2) ? 1 << 30 : (int)below(c, 4);
    if (edsc_anytime_prepare(m, memory) == 0) {
        buffers b[2] = {take(m, 4, 1, 0x00), take(m, 4, 1, 0xFF)};
        edsc_anytime until = {.stop = countdown, .memory = memory};
        for (int i = 0; i < 2; i++) {
            int left = asks;
            until.context = &left;
            until.most = most;
            if (edsc_run_until(m, b[i].arena, b[i].arena_size, in, b[i].out, &until) || until.trees > until.of)
                fail("an opened model did not run until");
        }
        for (unsigned i = 0; i < m->outputs; i++) {
            edsc_output(m, i, &info);
            if (memcmp(b[0].out[i], b[1].out[i], (info.is_label ? 1 : 3) * (size_t)info.row_bytes) != 0)
                fail("a score that stops depends on what was in memory");
            if (!info.is_label)
                check_bounds(&info, b[0].out[i], expected[i], until.trees == until.of);
        }
        give_back(m, b);
        give_back(m, b + 1);
    }
    free(memory);
}

void stop_early(chance *c, const edsc_model *m, uint8_t *const *inputs, uint8_t *const *expected, int labels,
                size_t rows) {
    if (m->flags & EDSC_PLAN_ROWWISE) /* others it scores as edsc_run() does */
        predict(c, m, inputs, expected, labels, rows);
    run_until(c, m, inputs, expected);
}
