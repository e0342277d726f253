/* tree_rows.c: times tree models inside C, one row at a time, taking turns; no Python in between.
 *
 *   tree_rows ROWS WIDTH OUTPUTS ROUNDS name=kind:path[:path] ...
 *
 * ROWS is a file of float32 rows. Kinds: edgescore:MODEL:LIBRARY (edgescore@set for one kernel set), lleaves:LIBRARY,
 * tl2cgen:LIBRARY, emlearn:LIBRARY; and with the number of the class as y, so with OUTPUTS 1, label:MODEL:LIBRARY by
 * edsc_run(), class:MODEL:LIBRARY by edsc_predict(). Prints a line for each: name, one row in microseconds (least and
 * median of slices), and the mean over all rows of 1 y0 + 2 y1 + ..., by which the caller knows that all compute the
 * same. A kernel set that this CPU lacks gets no line. With ROUNDS 0 it calls score() once for COUNTED rows and leaves
 * the counting to callgrind. What differs between rounds is the machine, so leasts compare. Rows differ, or a branch
 * predictor learns them; a few rows before each slice bring the code back into the caches that the others used. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "edgescore.h"

enum { MAX_PEERS = 16, MAX_ROUNDS = 1000, WARM = 300, SLICE = 500, COUNTED = 200, ARENA = 1 << 16 };

typedef struct {
    const char *name, *set;
    double *y;  /* of all rows, or float32 where `narrow` */
    float *y32; /* the same memory */
    int narrow, failed;
    edsc_model model;
    void *arena;
    int (*run)(const edsc_model *, void *, size_t, const void *const *, void *const *, size_t);
    int (*use)(const char *);
    int (*decide)(const edsc_model *, void *, size_t, const void *const *, void *const *, size_t, uint64_t *);
    unsigned scores; /* which output they are; the other, if any, is the label */
    int32_t label;
    void *unseen; /* scores of one row, where y is the class */
    void (*forest)(const double *, double *, int, int);
    void (*predict)(void *, int, void *);
    double *cells; /* of tl2cgen: a union of a float64 and an int that is -1 where it is missing */
    int32_t (*classify)(const int16_t *, int32_t);
    double one[MAX_ROUNDS];
} peer;

static size_t rows, width, outputs;
static float *x;
static double *x64;
static int16_t *x16;

static void fail(const char *what, const char *which) {
    fprintf(stderr, "tree_rows: %s: %s\n", what, which);
    exit(1);
}

static void *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file)
        fail("cannot read", path);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    void *data = aligned_alloc(64, (*size + 63) / 64 * 64);
    if (!data || fread(data, 1, *size, file) != *size)
        fail("cannot read", path);
    fclose(file);
    return data;
}

static void *symbol(void *library, const char *name) {
    void *found = library ? dlsym(library, name) : NULL;
    if (!found)
        fail("not found", library ? name : dlerror());
    return found;
}

static void open_edgescore(peer *p, const char *path, void *library) {
    int (*open)(edsc_model *, const void *, size_t);
    int (*output)(const edsc_model *, unsigned, edsc_info *);
    *(void **)&open = symbol(library, "edsc_open");
    *(void **)&output = symbol(library, "edsc_output");
    *(void **)&p->run = symbol(library, "edsc_run");
    *(void **)&p->use = symbol(library, "edsc_use_kernels");
    size_t size;
    void *bytes = read_file(path, &size);
    if (open(&p->model, bytes, size))
        fail("edsc_open", path);
    edsc_info info;
    while (!output(&p->model, p->scores, &info) && info.is_label)
        p->scores++;
    p->narrow = info.dtype == EDSC_FLOAT32 && !p->unseen;
    p->arena = aligned_alloc(64, ARENA);
}

/* Whether the contestant can take part on this CPU. */
static int open_peer(peer *p, char *text) {
    p->name = strtok(text, "=");
    char *kind = strtok(NULL, ":"), *path = strtok(NULL, ":"), *library = strtok(NULL, ":");
    if (!kind || !path)
        fail("not name=kind:path", p->name);
    char *set = strchr(kind, '@');
    if (set)
        *set++ = 0;
    p->set = set;
    p->y = calloc(rows * outputs, sizeof *p->y);
    p->y32 = (float *)p->y;
    void *handle = dlopen(library ? library : path, RTLD_NOW | RTLD_LOCAL);
    if (!strcmp(kind, "edgescore")) {
        open_edgescore(p, path, handle);
    } else if (!strcmp(kind, "label") || !strcmp(kind, "class")) {
        p->unseen = malloc(ARENA);
        open_edgescore(p, path, handle);
        if (*kind == 'c')
            *(void **)&p->decide = symbol(handle, "edsc_predict");
    } else if (!strcmp(kind, "lleaves")) {
        *(void **)&p->forest = symbol(handle, "forest_root");
    } else if (!strcmp(kind, "emlearn")) {
        *(void **)&p->classify = symbol(handle, "rf_predict");
    } else if (!strcmp(kind, "tl2cgen")) {
        *(void **)&p->predict = symbol(handle, "predict");
        p->cells = malloc(rows * width * sizeof *p->cells);
    } else {
        fail("no such kind", kind);
    }
    return !p->use || !p->use(p->set);
}

/* Not inlined: callgrind counts what happens inside. */
__attribute__((noinline)) static void score(peer *p, size_t first, size_t count) {
    for (size_t i = first; i < first + count; i++) {
        if (p->unseen) {
            const void *in = x + i * width;
            void *out[2] = {&p->label, &p->label};
            out[p->scores] = p->unseen;
            p->failed |= p->decide ? p->decide(&p->model, p->arena, ARENA, &in, out, 1, NULL)
                                   : p->run(&p->model, p->arena, ARENA, &in, out, 1);
            p->y[i] = p->label;
        } else if (p->run) {
            const void *in = x + i * width;
            void *out[2] = {&p->label, &p->label};
            out[p->scores] = p->narrow ? (void *)(p->y32 + i * outputs) : (void *)(p->y + i * outputs);
            p->failed |= p->run(&p->model, p->arena, ARENA, &in, out, 1);
        } else if (p->forest) {
            p->forest(x64, p->y, (int)i, (int)(i + 1));
        } else if (p->classify) {
            p->y[i * outputs] = p->classify(x16 + i * width, (int32_t)width);
        } else {
            p->predict(p->cells + i * width, 0, p->y + i * outputs);
        }
    }
}

/* What tl2cgen wants anew for every call, outside the time: its quantised code writes the cells, and it adds to y. */
static void prepare(peer *p) {
    if (p->predict)
        memset(p->y, 0, rows * outputs * sizeof *p->y);
    for (size_t i = 0; p->predict && i < rows * width; i++)
        p->cells[i] = x[i];
    if (p->use)
        p->use(p->set);
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double check(peer *p) {
    double sum = 0;
    prepare(p);
    score(p, 0, rows);
    for (size_t i = 0; i < rows * outputs; i++)
        sum += (double)(i % outputs + 1) * (p->narrow ? p->y32[i] : p->y[i]);
    if (p->failed)
        fail("edsc_run", p->name);
    return sum / (double)rows;
}

static int ascending(const void *a, const void *b) {
    double d = *(const double *)a - *(const double *)b;
    return (d > 0) - (d < 0);
}

int main(int argc, char **argv) {
    if (argc < 6)
        fail("usage", "tree_rows ROWS WIDTH OUTPUTS ROUNDS name=kind:path[:path] ...");
    size_t size, rounds = strtoul(argv[4], NULL, 10), peers = 0;
    x = read_file(argv[1], &size);
    width = strtoul(argv[2], NULL, 10);
    outputs = strtoul(argv[3], NULL, 10);
    rows = size / width / sizeof *x;
    if (rounds > MAX_ROUNDS || argc - 5 > MAX_PEERS || rows < WARM + SLICE)
        fail("too many rounds or names, or too few rows", argv[1]);
    x64 = malloc(rows * width * sizeof *x64);
    x16 = malloc(rows * width * sizeof *x16);
    for (size_t i = 0; i < rows * width; i++) {
        x64[i] = x[i];
        x16[i] = (int16_t)x[i];
    }
    static peer all[MAX_PEERS];
    for (int i = 5; i < argc; i++)
        peers += (size_t)open_peer(&all[peers], argv[i]);
    for (size_t i = 0; !rounds && i < peers; i++) {
        prepare(&all[i]);
        score(&all[i], 0, COUNTED);
    }
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < peers; i++) {
            size_t first = WARM + round * SLICE % (rows - SLICE - WARM + 1);
            prepare(&all[i]);
            score(&all[i], first - WARM, WARM);
            double start = seconds();
            score(&all[i], first, SLICE);
            all[i].one[round] = (seconds() - start) / SLICE * 1e6;
        }
    for (size_t i = 0; rounds && i < peers; i++) {
        qsort(all[i].one, rounds, sizeof *all[i].one, ascending);
        printf("%s %.4f %.4f %.9g\n", all[i].name, all[i].one[0], all[i].one[rounds / 2], check(&all[i]));
    }
    return 0;
}
