/* fuzz.h: what the mutator and the harness share. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "edgescore.h"

enum { FUZZ_PORTS = 64 }; /* models with more are opened and not run */

/* A seeded source of numbers (splitmix64): the same seed gives the same mutants again, though
 * not from a compiler that orders the arguments of a call otherwise. */
typedef struct {
    uint64_t state;
} chance;

uint64_t draw(chance *c);
/* A number below `bound`, which is not 0. */
uint32_t below(chance *c, uint32_t bound);

/* A file in memory of exactly its size, aligned for edsc_open(). */
typedef struct {
    uint8_t *bytes;
    size_t size;
} file;

/* A malloc'ed mutant of `files[base]`, sealed with the right checksum but for a few. Parts may come from other files.
 */
file mutate(chance *c, const file *files, size_t n_files, size_t base);

/* Says what is wrong, and aborts. */
void fail(const char *what);

/* Stops in the middle of the ensemble of a model: rows of its inputs, and what edsc_run() made of them. */
void stop_early(chance *c, const edsc_model *m, uint8_t *const *inputs, uint8_t *const *expected, int labels,
                size_t rows);

/* Put the right size and checksum into a file. */
void reseal(file f);

#endif
