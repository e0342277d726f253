/* fuzz.h: what the mutator and the harness share. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

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

/* Put the right size and checksum into a file. */
void reseal(file f);

#endif
