/* mutate.c: makes mutants of model files that get far: it takes a file apart into sections, changes records where a
 * reader must notice or a kernel would trip, lays the sections out again and seals the file. Checks nothing. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "crc32.h"
#include "internal.h"

#define MAX_SECTIONS 32u
#define ROOM (1u << 16) /* for a section's growth */

typedef struct {
    uint16_t id, flags;
    uint32_t size, capacity;
    uint8_t *bytes;
} section;

typedef struct {
    section sections[MAX_SECTIONS];
    uint32_t count;
} parts;

static const uint8_t record_size[] = EDSC_RECORD_SIZES;

uint64_t draw(chance *c) {
    uint64_t z = c->state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

uint32_t below(chance *c, uint32_t bound) { return (uint32_t)((draw(c) >> 32) * bound >> 32); }

static void put(uint8_t *p, uint32_t value, unsigned width) { memcpy(p, &value, width); }

static uint32_t get(const uint8_t *p, unsigned width) {
    uint32_t value = 0;
    memcpy(&value, p, width);
    return value;
}

static uint32_t width_of(uint16_t id) {
    return id < sizeof record_size && record_size[id] > 1 ? record_size[id] : id == EDSC_SECTION_NODES ? 4 : 1;
}

static void append(parts *p, const uint8_t *bytes, uint32_t size, uint16_t id, uint16_t flags) {
    if (p->count == MAX_SECTIONS)
        return;
    section *s = &p->sections[p->count++];
    *s = (section){id, flags, size, size + ROOM, malloc(size + ROOM)};
    memcpy(s->bytes, bytes, size);
}

static parts take_apart(const uint8_t *bytes) {
    parts p = {.count = 0};
    for (uint32_t i = 0; i < edsc_header_sections(bytes); i++) {
        const uint8_t *e = bytes + EDSC_HEADER_SIZE + i * EDSC_SECTION_SIZE;
        append(&p, bytes + edsc_section_offset(e), edsc_section_size(e), edsc_section_id(e), edsc_section_flags(e));
    }
    return p;
}

static section *find(parts *p, uint16_t id) {
    for (uint32_t i = 0; i < p->count; i++)
        if (p->sections[i].id == id && p->sections[i].size)
            return &p->sections[i];
    return NULL;
}

void reseal(file f) {
    put(f.bytes + 8, (uint32_t)f.size, 4);
    put(f.bytes + f.size - 4, edsc_crc32(f.bytes, f.size - 4), 4);
}

static file put_together(parts *p, const uint8_t *header) {
    uint32_t at = EDSC_HEADER_SIZE + p->count * EDSC_SECTION_SIZE, size = at;
    for (uint32_t i = 0; i < p->count; i++)
        size = EDSC_ALIGNED(size) + p->sections[i].size;
    file f = {NULL, EDSC_ALIGNED(size) + 4u};
    f.bytes = calloc(1, f.size);
    memcpy(f.bytes, header, EDSC_HEADER_SIZE);
    put(f.bytes + 6, p->count, 2);
    for (uint32_t i = 0; i < p->count; i++) {
        section *s = &p->sections[i];
        uint8_t *entry = f.bytes + EDSC_HEADER_SIZE + i * EDSC_SECTION_SIZE;
        at = EDSC_ALIGNED(at);
        put(entry, s->id, 2);
        put(entry + 2, s->flags, 2);
        put(entry + 4, at, 4);
        put(entry + 8, s->size, 4);
        memcpy(f.bytes + at, s->bytes, s->size);
        at += s->size;
        free(s->bytes);
    }
    reseal(f);
    return f;
}

/* A number that limits are made of, one near `now`, or a small one. */
static uint32_t interesting(chance *c, uint32_t now) {
    static const uint32_t edges[] = {0,          1,           2,           15,          16,          31,
                                     32,         33,          255,         256,         0x7FFF,      0x8000,
                                     0xFFFE,     0xFFFF,      0x10000,     0x3FFFFFF0,  0x40000000,  0x40000010,
                                     0x7FFFFFFF, 0x80000000u, 0xFFFFFFF0u, 0xFFFFFFFEu, 0xFFFFFFFFu, 0x55555556};
    switch (below(c, 4)) {
    case 0:
        return edges[below(c, sizeof edges / sizeof *edges)];
    case 1:
        return now + below(c, 5) - 2;
    case 2:
        return now ^ 1u << below(c, 32);
    default:
        return below(c, 12);
    }
}

/* Bits of a float32 that arithmetic stumbles over. */
static uint32_t odd_float(chance *c) {
    static const uint32_t odd[] = {0,           0x80000000u, 0x3F800000,  0xBF800000u, 0x7F800000,
                                   0xFF800000u, 0x7FC00000,  0xFFC00000u, 0x7F7FFFFF,  0xFF7FFFFFu,
                                   1,           0x00800000,  0x4F000000,  0xCF000001u};
    return odd[below(c, sizeof odd / sizeof *odd)];
}

static void change_word(chance *c, section *s) {
    unsigned width = 1u << below(c, 3);
    if (s->size < width)
        return;
    uint8_t *p = s->bytes + below(c, s->size / width) * width;
    put(p, interesting(c, get(p, width)), width);
}

static void change_number(chance *c, section *s) {
    if (s->size < 8)
        return;
    uint8_t *p = s->bytes + below(c, s->size / 4) * 4;
    if (below(c, 2))
        put(p, odd_float(c), 4);
    else if (p + 8 <= s->bytes + s->size) { /* the same as a double, more or less */
        put(p, 0, 4);
        put(p + 4, odd_float(c) & 0xFFF80000u, 4);
    }
}

/* Copy, swap, insert or remove whole records. */
static void move_records(chance *c, section *s) {
    uint32_t width = width_of(s->id), count = s->size / width;
    if (count == 0)
        return;
    uint8_t *a = s->bytes + below(c, count) * width, *b = s->bytes + below(c, count) * width, held[256];
    switch (below(c, 4)) {
    case 0:
        memmove(a, b, width);
        break;
    case 1:
        memcpy(held, a, width);
        memmove(a, b, width);
        memcpy(b, held, width);
        break;
    case 2:
        if (s->size + width > s->capacity)
            return;
        memcpy(held, b, width);
        memmove(a + width, a, (size_t)(s->bytes + s->size - a));
        memcpy(a, held, width);
        s->size += width;
        break;
    default:
        memmove(a, a + width, (size_t)(s->bytes + s->size - a) - width);
        s->size -= width;
    }
}

/* A node of the nodes section, as far as they can be followed. */
static uint8_t *pick_node(chance *c, section *s) {
    uint32_t at = 0, seen = 0;
    uint8_t *picked = NULL;
    while (s->size - at >= EDSC_NODE_SIZE) {
        uint8_t *n = s->bytes + at;
        uint32_t length = EDSC_NODE_SIZE + (edsc_node_operands(n) * 2u + 3u) / 4u * 4u + edsc_node_params(n);
        if (length > s->size - at)
            break;
        if (below(c, ++seen) == 0)
            picked = n;
        at += length;
    }
    return picked;
}

static void change_node(chance *c, parts *p) {
    section *s = find(p, EDSC_SECTION_NODES), *t = find(p, EDSC_SECTION_TENSORS);
    uint8_t *n = s ? pick_node(c, s) : NULL;
    if (!n)
        return;
    uint32_t operands = edsc_node_operands(n), params = edsc_node_params(n);
    uint8_t *ids = n + EDSC_NODE_SIZE, *packed = ids + (operands * 2 + 3) / 4 * 4;
    switch (below(c, 6)) {
    case 0:
        put(n, below(c, EDSC_MAX_OP + 2), 2);
        break;
    case 1:
        put(n + 2, below(c, 4), 1);
        break;
    case 2:
    case 3:
        if (operands && t)
            put(ids + 2 * below(c, operands), below(c, 16) ? below(c, t->size / EDSC_TENSOR_SIZE) : EDSC_ABSENT, 2);
        break;
    case 4:
        if (params)
            put(packed + below(c, params / 4) * 4, below(c, 2) ? odd_float(c) : interesting(c, 0), 4);
        break;
    default:
        put(n + 3, operands + below(c, 3) - 1, 1);
    }
}

/* Give a tensor another's place, dtype or shape, so that what fits in size may still not fit in meaning. */
static void change_tensor(chance *c, parts *p) {
    section *s = find(p, EDSC_SECTION_TENSORS), *plan = find(p, EDSC_SECTION_PLAN);
    if (!s)
        return;
    uint32_t count = s->size / EDSC_TENSOR_SIZE;
    uint8_t *t = s->bytes + below(c, count) * EDSC_TENSOR_SIZE, *other = s->bytes + below(c, count) * EDSC_TENSOR_SIZE;
    switch (below(c, 6)) {
    case 0:
        put(t, 1 + below(c, 10), 1);
        break;
    case 1:
        memcpy(t + 1, other + 1, 1); /* rank and dims */
        memcpy(t + 8, other + 8, 4);
        break;
    case 2:
        memcpy(t + 2, other + 2, 6); /* kind and offset */
        break;
    case 3:
        put(t + 4, below(c, 8) * 16, 4);
        break;
    case 4:
        put(t + 2, below(c, 5), 1);
        break;
    default:
        put(t + 2, below(c, 2) ? EDSC_KIND_ARENA : EDSC_KIND_STATE, 1);
        if (plan) {
            put(t + 4, below(c, 4) * 16, 4);
            put(plan->bytes + 4 * below(c, 2), 16 * (1 + below(c, 8)), 4);
        }
    }
}

static void change_dims(chance *c, parts *p) {
    section *s = find(p, EDSC_SECTION_DIMS);
    if (s)
        put(s->bytes + below(c, s->size / 4) * 4, below(c, 4) ? 1 + below(c, 9) : interesting(c, 3), 4);
}

static void change_plan(chance *c, parts *p) {
    section *s = find(p, EDSC_SECTION_PLAN);
    if (!s || s->size < EDSC_PLAN_SIZE)
        return;
    if (below(c, 2))
        put(s->bytes + 8, get(s->bytes + 8, 4) ^ 1, 4);
    else
        put(s->bytes + 4 * below(c, 2), below(c, 8) ? below(c, 20) * 16 : interesting(c, 16), 4);
}

/* A section of another file in place of this one's. */
static void splice(chance *c, parts *p, const file *files, size_t n_files) {
    parts other = take_apart(files[below(c, (uint32_t)n_files)].bytes);
    section *s = &p->sections[below(c, p->count)], *from = find(&other, s->id);
    if (from) {
        section held = *s;
        *s = *from;
        *from = held;
    }
    for (uint32_t i = 0; i < other.count; i++)
        free(other.sections[i].bytes);
}

static void change(chance *c, parts *p, const file *files, size_t n_files) {
    section *s = &p->sections[below(c, p->count)], *constants = find(p, EDSC_SECTION_CONSTANTS);
    switch (below(c, 16)) {
    case 0:
    case 1:
        change_word(c, s);
        break;
    case 2:
    case 3:
        if (constants)
            change_word(c, constants);
        break;
    case 4:
        if (constants)
            change_number(c, constants);
        break;
    case 5:
        move_records(c, s);
        break;
    case 6:
    case 7:
    case 8:
    case 9:
        change_node(c, p);
        break;
    case 10:
    case 11:
        change_tensor(c, p);
        break;
    case 12:
        change_dims(c, p);
        break;
    case 13:
        change_plan(c, p);
        break;
    case 14:
        splice(c, p, files, n_files);
        break;
    default:
        s->size -= below(c, s->size / width_of(s->id) + 1) * width_of(s->id);
    }
}

/* What the layout itself can have wrong. */
static file damage(chance *c, file f) {
    uint32_t table = EDSC_HEADER_SIZE + edsc_header_sections(f.bytes) * EDSC_SECTION_SIZE;
    switch (below(c, 4)) {
    case 0:
        f.bytes[below(c, (uint32_t)f.size)] ^= (uint8_t)(1u << below(c, 8)); /* and no new checksum */
        return f;
    case 1:
        f.size -= below(c, (uint32_t)f.size - EDSC_HEADER_SIZE - 4);
        f.bytes = realloc(f.bytes, f.size);
        break;
    default: {
        uint8_t *p = f.bytes + below(c, table / 2) * 2;
        put(p, interesting(c, get(p, 2)), 2);
    }
    }
    reseal(f);
    return f;
}

file mutate(chance *c, const file *files, size_t n_files, size_t base) {
    parts p = take_apart(files[base].bytes);
    for (uint32_t changes = below(c, 3) ? 1 : 1 + below(c, 4); changes; changes--)
        change(c, &p, files, n_files);
    file f = put_together(&p, files[base].bytes);
    return below(c, 16) ? f : damage(c, f);
}
