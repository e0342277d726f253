/* score_model.c: a firmware's main(), for tests: opens the model file in argv[1], scores the floats that follow and
 * prints the first output, one line a row. After edsc_open() any use of the heap aborts. Exit code: 0, or minus a
 * status. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edgescore.h"

#ifndef ARENA_BYTES_LESS
#define ARENA_BYTES_LESS 0
#endif

static union {
    uint8_t bytes[1 << 16];
    uint64_t aligned[2];
} heap, model_file, arena;
static size_t heap_used;
static volatile int no_heap;

void *malloc(size_t size) {
    if (no_heap)
        abort();
    size_t at = heap_used;
    heap_used += (size + 15) / 16 * 16;
    return heap_used <= sizeof heap ? heap.bytes + at : NULL;
}

void *calloc(size_t count, size_t size) { return malloc(count * size); } /* nothing is ever freed */

void *realloc(void *old, size_t size) {
    void *new = malloc(size);
    if (new && old)
        memcpy(new, old,
               size < (size_t)(heap.bytes + sizeof heap - (uint8_t *)old)
                   ? size
                   : (size_t)(heap.bytes + sizeof heap - (uint8_t *)old));
    return new;
}

void free(void *old) {
    if (no_heap && old)
        abort();
}

int main(int argc, char **argv) {
    float row[64], y[64];
    FILE *stream = fopen(argv[1], "rb");
    size_t size = stream ? fread(model_file.bytes, 1, sizeof model_file, stream) : 0;
    for (int i = 2; i < argc; i++)
        row[i - 2] = strtof(argv[i], NULL);
    edsc_model model;
    edsc_info in_info, out_info;
    int status = edsc_open(&model, model_file.bytes, size);
    if (status)
        return -status;
    no_heap = 1;
#ifdef USE_THE_HEAP
    free(malloc(8));
#endif
    edsc_input(&model, 0, &in_info);
    edsc_output(&model, 0, &out_info);
    size_t rows = ((size_t)argc - 2) * sizeof *row / in_info.row_bytes, width = out_info.row_bytes / sizeof *y;
    size_t needed = edsc_arena_size(&model, 1);
    const void *in[] = {row};
    void *out[] = {y, NULL};
    edsc_reset(&model, arena.bytes);
    status = edsc_check_input(&model, in, rows);
    if (!status)
        status = edsc_run(&model, arena.bytes, needed - ARENA_BYTES_LESS, in, out, rows);
    no_heap = 0;
    for (size_t i = 0; !status && i < rows * width; i++)
        printf(i % width == width - 1 ? "%.9g\n" : "%.9g ", (double)y[i]);
    return -status;
}
