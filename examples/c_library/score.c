/* score.c: the C library alone: open a model file, score rows of float32 from standard input, print the scores.
 *
 *     gcc -std=c99 -O2 -Inative/include examples/c_library/score.c native/src/[a-z]*.c native/src/ops/[a-z]*.c
 *         native/src/kernels/[a-z]*.c -lm -o score
 *     ./score model.edsc < rows.f32
 *
 * A firmware would have the model as an array in flash, and a static arena; nothing else differs. */
#include <stdio.h>
#include <stdlib.h>

#include "edgescore.h"

static void fail(const char *what, int status) {
    fprintf(stderr, "score: %s: %s\n", what, edsc_status_text(status));
    exit(1);
}

/* The whole file, aligned as edsc_open() wants it. */
static void *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END))
        fail(path, EDSC_ERR_ARGUMENT);
    *size = (size_t)ftell(file);
    rewind(file);
    char *memory = malloc(*size + EDSC_ALIGNMENT);
    if (!memory)
        fail("memory for the model", EDSC_ERR_ARENA);
    memory += EDSC_ALIGNMENT - (uintptr_t)memory % EDSC_ALIGNMENT;
    if (fread(memory, 1, *size, file) != *size)
        fail(path, EDSC_ERR_TRUNCATED);
    fclose(file);
    return memory;
}

int main(int argc, char **argv) {
    static uint64_t arena[4096]; /* 32 KiB; the file says how much it needs */
    static float row[1024];
    static double scores[1024]; /* or floats: the file says which */
    size_t size;
    edsc_model model;
    edsc_info input, output;
    if (argc != 2) {
        fprintf(stderr, "usage: score MODEL.edsc < rows.f32\n");
        return 2;
    }
    const void *bytes = read_file(argv[1], &size);
    int status = edsc_open(&model, bytes, size);
    if (status)
        fail(argv[1], status);
    edsc_use_kernels(NULL);
    edsc_input(&model, 0, &input);
    edsc_output(&model, 0, &output);
    if (edsc_arena_size(&model, 1) > sizeof arena)
        fail("32 KiB", EDSC_ERR_ARENA);
    if (model.inputs != 1 || input.dtype != EDSC_FLOAT32 || input.row_bytes > sizeof row)
        fail("this example takes rows of at most 1024 float32", EDSC_ERR_ARGUMENT);
    if (model.outputs > 2 || output.is_label || output.row_bytes > sizeof scores)
        fail("this example prints the scores of a model that has a label at most besides", EDSC_ERR_ARGUMENT);
    edsc_reset(&model, arena);
    while (fread(row, 1, input.row_bytes, stdin) == input.row_bytes) {
        const void *in[] = {row};
        void *out[] = {scores, NULL};
        status = edsc_run(&model, arena, sizeof arena, in, out, 1);
        if (status)
            fail("score", status);
        int is_double = output.dtype == EDSC_FLOAT64;
        for (size_t i = 0; i < output.row_bytes / (is_double ? sizeof(double) : sizeof(float)); i++)
            printf("%s%.17g", i ? "," : "", is_double ? scores[i] : (double)((const float *)scores)[i]);
        printf("\n");
    }
    return 0;
}
