/* fuzz.c: opens mutants of model files and runs those that open, under sanitizers, with memory of exactly the size that
 * the library asks for. Beyond what the sanitizers see it holds that a result depends on nothing but the inputs: memory
 * with other contents, and rows one at a time, must give the same bytes.
 *
 *     fuzz SEED COUNT [--only NUMBER] [--dump FILE] MODEL.edsc...
 *
 * --dump writes every mutant with its status (u32 size, i32 status, bytes). Each mutant depends on SEED and its number
 * only, so that one that crashed can be had again with --only. With LIBFUZZER defined it is libFuzzer's target. */
#define _DEFAULT_SOURCE
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal.h"

#define MAX_RUN_BYTES (1u << 17) /* of all buffers: larger mutants are opened and not run; windows take the square */
#define ROWS 5u
#define SECONDS 20 /* of the processor for one mutant, before it counts as a hang */

typedef struct {
    uint64_t mutants, opened, run, by_status[32];
} tally;

void fail(const char *what) {
    fprintf(stderr, "fuzz: %s\n", what);
    abort();
}

/* Numbers that arithmetic stumbles over among ordinary ones; any byte for integers, bool too. */
static void fill(chance *c, uint8_t *bytes, size_t size, unsigned dtype) {
    static const double odd[] = {0.0, -0.0, 1.0, -1.0, 1e-40, 1e-310, 3e38, -3e38, 1e300, 2147483648.0, -9.3e18};
    for (size_t at = 0; at < size;) {
        uint32_t kind = below(c, 12);
        double value = (double)(int64_t)draw(c) / 4e18;
        if (kind == 0)
            value = odd[below(c, sizeof odd / sizeof *odd)];
        else if (kind == 1)
            value = (double)below(c, 6) - 1;
        if (dtype == EDSC_FLOAT32 || dtype == EDSC_FLOAT64) {
            static const uint32_t not_finite[] = {0x7FC00000, 0xFFC00000u, 0x7F800000, 0xFF800000u};
            float narrow = value > 3e38 ? 3e38f : value < -3e38 ? -3e38f : (float)value;
            if (kind == 2)
                memcpy(&narrow, &not_finite[below(c, 4)], sizeof narrow);
            if (kind == 2)
                value = narrow;
            size_t width = dtype == EDSC_FLOAT32 ? sizeof narrow : sizeof value;
            memcpy(bytes + at, dtype == EDSC_FLOAT32 ? (void *)&narrow : (void *)&value, width);
            at += width;
        } else {
            bytes[at++] = (uint8_t)(kind < 6 ? below(c, 4) : draw(c));
        }
    }
}

/* What every caller may ask of an opened model. */
static uint64_t ask(const edsc_model *m) {
    uint64_t bytes = edsc_arena_size(m, ROWS); /* with the buffers it may be more than a 32-bit size_t holds */
    size_t sum = 0;
    edsc_info info;
    for (unsigned i = 0; i < m->inputs; i++) {
        if (edsc_input(m, i, &info))
            fail("an input without information");
        for (uint32_t j = 0; j <= info.n_features && j < 100; j++)
            sum += strlen(edsc_input_feature(m, i, j));
        sum += strlen(info.name);
        bytes += ROWS * (uint64_t)info.row_bytes;
    }
    for (unsigned i = 0; i < m->outputs; i++) {
        if (edsc_output(m, i, &info))
            fail("an output without information");
        for (uint32_t j = 0; j <= info.n_labels && j < 100; j++)
            sum += strlen(edsc_output_label(m, i, j));
        sum += strlen(info.name);
        bytes += ROWS * (uint64_t)info.row_bytes;
    }
    if (edsc_input(m, m->inputs, &info) != EDSC_ERR_ARGUMENT || sum == SIZE_MAX)
        fail("an input too many");
    return bytes;
}

/* Score `rows` rows from row `first` of the inputs into malloc'ed outputs, in an arena that has room for `room` rows
 * and held `dirt` before. */
static void run(const edsc_model *m, uint8_t *const *inputs, size_t first, size_t rows, size_t room, int dirt,
                int labels, uint8_t **outputs) {
    size_t arena_size = edsc_arena_size(m, room);
    uint8_t *arena = malloc(arena_size ? arena_size : 1), *in[FUZZ_PORTS];
    void *out[FUZZ_PORTS];
    memset(arena, dirt, arena_size);
    edsc_info info;
    for (unsigned i = 0; i < m->inputs; i++) {
        edsc_input(m, i, &info);
        in[i] = malloc(rows * info.row_bytes);
        memcpy(in[i], inputs[i] + first * info.row_bytes, rows * info.row_bytes);
    }
    for (unsigned i = 0; i < m->outputs; i++) {
        edsc_output(m, i, &info);
        outputs[i] = malloc(rows * info.row_bytes);
        memset(outputs[i], dirt, rows * info.row_bytes);
        out[i] = info.is_label && !labels ? NULL : outputs[i];
    }
    edsc_reset(m, arena);
    const void *sources[FUZZ_PORTS];
    for (unsigned i = 0; i < m->inputs; i++)
        sources[i] = in[i];
    edsc_check_input(m, sources, rows);
    size_t least = edsc_arena_size(m, 1);
    if (least && edsc_run(m, arena, least - 1, sources, out, rows) != EDSC_ERR_ARENA)
        fail("an arena too small was taken");
    if (edsc_run(m, arena, arena_size, sources, out, rows))
        fail("an opened model did not run");
    for (unsigned i = 0; i < m->inputs; i++)
        free(in[i]);
    free(arena);
}

static void compare(const edsc_model *m, uint8_t **a, size_t first, uint8_t **b, size_t rows, int labels,
                    const char *what) {
    edsc_info info;
    for (unsigned i = 0; i < m->outputs; i++) {
        edsc_output(m, i, &info);
        if ((labels || !info.is_label) && memcmp(a[i] + first * info.row_bytes, b[i], rows * info.row_bytes) != 0)
            fail(what);
    }
    for (unsigned i = 0; i < m->outputs; i++)
        free(b[i]);
}

static void score(chance *c, const edsc_model *m) {
    uint8_t *inputs[FUZZ_PORTS], *expected[FUZZ_PORTS], *found[FUZZ_PORTS];
    edsc_info info;
    for (unsigned i = 0; i < m->inputs; i++) {
        edsc_input(m, i, &info);
        inputs[i] = malloc(ROWS * (size_t)info.row_bytes);
        fill(c, inputs[i], ROWS * (size_t)info.row_bytes, info.dtype);
    }
    int labels = below(c, 2) == 0;
    run(m, inputs, 0, ROWS, ROWS, 0x00, labels, expected);
    run(m, inputs, 0, ROWS, 1 + below(c, ROWS), 0xFF, labels, found);
    compare(m, expected, 0, found, ROWS, labels, "a result depends on what was in memory");
    for (size_t row = 0; row < (m->state ? 1 : ROWS); row++) {
        run(m, inputs, row, 1, 1, 0x55, labels, found);
        compare(m, expected, row, found, 1, labels, "a row's result depends on the rows beside it");
    }
    stop_early(c, m, inputs, expected, labels, ROWS);
    run(m, inputs, 0, 0, 0, 0, labels, found);
    for (unsigned i = 0; i < m->outputs; i++) {
        free(found[i]);
        free(expected[i]);
    }
    for (unsigned i = 0; i < m->inputs; i++)
        free(inputs[i]);
}

/* Open a file of exactly its size and use it as callers do; its status. */
static int use(chance *c, file f, tally *t) {
    edsc_model model;
    int status = edsc_open(&model, f.bytes, f.size);
    if (status > 0 || status < -31)
        fail("a status that is none");
    t->mutants++;
    t->by_status[-status]++;
    if (status)
        return status;
    t->opened++;
    if (ask(&model) <= MAX_RUN_BYTES && model.inputs <= FUZZ_PORTS && model.outputs <= FUZZ_PORTS) {
        t->run++;
        edsc_use_kernels(below(c, 2) ? "generic" : NULL);
        score(c, &model);
    }
    return status;
}

#ifdef LIBFUZZER
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static tally t;
    if (size < EDSC_HEADER_SIZE + 4)
        return 0;
    file f = {malloc(size), size};
    memcpy(f.bytes, data, size);
    reseal(f);
    chance c = {size};
    use(&c, f, &t);
    free(f.bytes);
    return 0;
}
#else
static file read_file(const char *path) {
    FILE *stream = fopen(path, "rb");
    if (!stream || fseek(stream, 0, SEEK_END))
        fail(path);
    file f = {NULL, (size_t)ftell(stream)};
    f.bytes = malloc(f.size);
    rewind(stream);
    if (fread(f.bytes, 1, f.size, stream) != f.size)
        fail(path);
    fclose(stream);
    return f;
}

static void fuzz(uint64_t seed, uint64_t first, uint64_t end, const file *files, size_t n_files, FILE *dump,
                 volatile uint64_t *number, tally *t) {
    for (*number = first; *number < end; ++*number) {
        chance c = {seed * 0x100000001B3u ^ *number << 20};
        file f = mutate(&c, files, n_files, *number % n_files);
        setitimer(ITIMER_PROF, &(struct itimerval){{0, 0}, {SECONDS, 0}}, NULL);
        int status = use(&c, f, t);
        if (dump) {
            uint32_t head[] = {(uint32_t)f.size, (uint32_t)status};
            fwrite(head, sizeof head, 1, dump);
            fwrite(f.bytes, 1, f.size, dump);
        }
        free(f.bytes);
    }
}

static int report(const tally *t) {
    printf("%llu mutants, %llu opened, %llu run;", (unsigned long long)t->mutants, (unsigned long long)t->opened,
           (unsigned long long)t->run);
    for (int status = 1; status < 32; status++)
        if (t->by_status[status])
            printf(" %d:%llu", -status, (unsigned long long)t->by_status[status]);
    printf("\n");
    return 0;
}

int main(int argc, char **argv) {
    static file files[4096];
    size_t n_files = 0;
    uint64_t seed = argc > 2 ? strtoull(argv[1], NULL, 10) : 0, first = 0,
             end = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    FILE *dump = NULL;
    for (int i = 3; i < argc; i++) {
        if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
            end = (first = strtoull(argv[++i], NULL, 10)) + 1;
        else if (strcmp(argv[i], "--dump") == 0 && i + 1 < argc)
            dump = fopen(argv[++i], "wb");
        else if (n_files < sizeof files / sizeof *files)
            files[n_files++] = read_file(argv[i]);
    }
    if (n_files == 0) {
        fprintf(stderr, "usage: fuzz SEED COUNT [--only NUMBER] [--dump FILE] MODEL.edsc...\n");
        return 2;
    }
    struct {
        volatile uint64_t number;
        tally t;
    } *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        fail("no memory");
    printf("seed %llu, %llu files\n", (unsigned long long)seed, (unsigned long long)n_files);
    fflush(stdout);
    /* A process of its own: whatever ends it, sanitizer, signal or alarm, its parent can tell which mutant it was. */
    pid_t child = fork();
    if (child == 0) {
        fuzz(seed, first, end, files, n_files, dump, &shared->number, &shared->t);
        if (dump)
            fclose(dump);
        for (size_t i = 0; i < n_files; i++)
            free(files[i].bytes);
        exit(report(&shared->t));
    }
    int ended;
    if (child < 0 || waitpid(child, &ended, 0) != child || ended != 0) {
        fprintf(stderr, "fuzz: mutant %llu of seed %llu; again: --only %llu --dump FILE\n",
                (unsigned long long)shared->number, (unsigned long long)seed, (unsigned long long)shared->number);
        return 1;
    }
    return 0;
}
#endif
