/* internal.h: what the files of the library share: operand access for kernels, operator records. Not for callers. */
#ifndef EDSC_INTERNAL_H
#define EDSC_INTERNAL_H

#include "../include/edgescore.h"
#include "gen/ops.h"
#include "gen/schema.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "constants are used in place: a little-endian target is needed"
#endif

/* One node about to be checked or run. For rows > 1 (row-wise models) every operand that is not constant has `rows`
 * times the elements its shape says. */
typedef struct edsc_call {
    const edsc_model *model;
    const uint8_t *node;
    uint8_t *arena; /* scratch memory, behind the state */
    uint8_t *state;
    const void *const *in; /* the caller's buffers */
    void *const *out;
    size_t first;        /* first row of this block in the caller's buffers */
    uint32_t rows;       /* rows of this block */
    uint32_t block;      /* rows the arena is laid out for */
    edsc_anytime *until; /* where a sum of trees may stop; NULL = nowhere */
    uint32_t at_once;    /* trees between two questions whether to */
} edsc_call;

/* An operator: the generated row of op_table.inc and the two functions of ops/<name>.c. check() sees constants and
 * shapes only and returns a status; run() cannot fail. */
typedef struct edsc_impl {
    int (*check)(const edsc_call *call);
    void (*run)(const edsc_call *call);
} edsc_impl;

/* Whether an output may lie on an input: on one as large, or as a view on what it only would be a copy of. */
enum { EDSC_INPLACE_NO, EDSC_INPLACE_SAME, EDSC_INPLACE_VIEW };

typedef struct edsc_op {
    const edsc_impl *impl;
    uint16_t sig, types; /* where their texts are, for op_table.c */
    uint8_t variants, outputs, params, record, inplace, rowwise;
} edsc_op;

const edsc_op *edsc_find_op(unsigned code);
const char *edsc_op_sig(const edsc_op *op);
const char *edsc_op_types(const edsc_op *op);

extern const uint8_t edsc_dtype_size[];

static inline const uint8_t *edsc_records(const edsc_model *m, unsigned section) {
    return m->bytes + m->section[section].offset;
}
static inline uint32_t edsc_count(const edsc_model *m, unsigned section, uint32_t record) {
    return m->section[section].size / record;
}
static inline const uint8_t *edsc_tensor_at(const edsc_model *m, uint32_t id) {
    return edsc_records(m, EDSC_SECTION_TENSORS) + id * EDSC_TENSOR_SIZE;
}
static inline uint32_t edsc_tensor_dim(const edsc_model *m, const uint8_t *tensor, unsigned axis) {
    return edsc_dim_size(edsc_records(m, EDSC_SECTION_DIMS) + (edsc_tensor_dims(tensor) + axis) * EDSC_DIM_SIZE);
}
/* Elements of a tensor as its shape says (one row of it in a row-wise model). */
uint32_t edsc_tensor_count(const edsc_model *m, const uint8_t *tensor);
static inline uint32_t edsc_tensor_bytes(const edsc_model *m, const uint8_t *tensor) {
    return edsc_tensor_count(m, tensor) * edsc_dtype_size[edsc_tensor_dtype(tensor)];
}

/* --- operands of a call; `index` counts inputs, then outputs, as in the operator's signature --- */
static inline unsigned edsc_operands(const edsc_call *c) { return edsc_node_operands(c->node); }
static inline uint16_t edsc_operand_id(const edsc_call *c, unsigned index) {
    uint16_t id;
    memcpy(&id, c->node + EDSC_NODE_SIZE + 2 * index, sizeof id);
    return id;
}
static inline int edsc_has(const edsc_call *c, unsigned index) { return edsc_operand_id(c, index) != EDSC_ABSENT; }
static inline const uint8_t *edsc_operand(const edsc_call *c, unsigned index) {
    return edsc_tensor_at(c->model, edsc_operand_id(c, index));
}
static inline unsigned edsc_variant(const edsc_call *c) { return edsc_node_variant(c->node); }
#include "operands.h"
/* Rows of a rank-2 operand whose first dimension is rows. */
static inline size_t edsc_rows(const edsc_call *c, unsigned index) { return (size_t)edsc_dim(c, index, 0) * c->rows; }
/* Memory of an operand: read-only for inputs and constants. */
void *edsc_data(const edsc_call *c, unsigned index);
/* Callers may leave out a label output; edsc_open() made sure that no node reads one or writes more than one. */
static inline int edsc_is_wanted(const edsc_call *c) {
    const uint8_t *last = edsc_operand(c, edsc_operands(c) - 1u);
    return edsc_tensor_kind(last) != EDSC_KIND_OUTPUT || c->out[edsc_tensor_offset(last)];
}

#endif
