/* score_file.c: for tests on other processors. `score_file open MODEL.edsc...` prints the status of each, one a line.
 * `score_file KERNELS MODEL.edsc INPUTS ROWS` scores ROWS rows and writes the outputs, one array behind the other, as
 * INPUTS has the inputs. KERNELS: a set's name, or "best". Exit code: 0, or minus a status. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edgescore.h"

#define MAX_PORTS 256u

/* A whole file in memory that is aligned for edsc_open(). */
static void *read_file(const char *path, size_t *size) {
    FILE *stream = fopen(path, "rb");
    if (!stream || fseek(stream, 0, SEEK_END))
        exit(100);
    *size = (size_t)ftell(stream);
    rewind(stream);
    void *bytes = NULL;
    if (posix_memalign(&bytes, 64, *size + 1) || fread(bytes, 1, *size, stream) != *size)
        exit(101);
    fclose(stream);
    return bytes;
}

int main(int argc, char **argv) {
    edsc_model model;
    edsc_info info;
    size_t size;
    if (strcmp(argv[1], "open") == 0) {
        for (int i = 2; i < argc; i++) {
            void *bytes = read_file(argv[i], &size);
            printf("%d\n", edsc_open(&model, bytes, size));
            free(bytes);
        }
        return 0;
    }
    const uint8_t *file = read_file(argv[2], &size);
    if (edsc_use_kernels(strcmp(argv[1], "best") == 0 ? NULL : argv[1]))
        return 102;
    int status = edsc_open(&model, file, size);
    if (status)
        return -status;
    const uint8_t *given = read_file(argv[3], &size), *end = given + size;
    size_t rows = strtoul(argv[4], NULL, 10), arena_size = edsc_arena_size(&model, rows);
    const void *in[MAX_PORTS];
    void *out[MAX_PORTS], *arena = NULL;
    if (model.inputs > MAX_PORTS || model.outputs > MAX_PORTS || posix_memalign(&arena, 64, arena_size + 1))
        return 103;
    for (unsigned i = 0; i < model.inputs; i++, given += rows * info.row_bytes) {
        edsc_input(&model, i, &info);
        void *aligned = NULL;
        if (rows * info.row_bytes > (size_t)(end - given) || posix_memalign(&aligned, 64, rows * info.row_bytes))
            return 104;
        in[i] = memcpy(aligned, given, rows * info.row_bytes);
    }
    for (unsigned i = 0; i < model.outputs; i++) {
        edsc_output(&model, i, &info);
        out[i] = calloc(rows, info.row_bytes);
    }
    edsc_reset(&model, arena);
    status = edsc_run(&model, arena, arena_size, in, out, rows);
    for (unsigned i = 0; !status && i < model.outputs; i++) {
        edsc_output(&model, i, &info);
        fwrite(out[i], info.row_bytes, rows, stdout);
    }
    return -status;
}
