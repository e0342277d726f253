/* run.c: executes the nodes of an opened model, block of rows by block, and answers questions about its ports. */
#include "hot.h"

#include "internal.h"
#include "kernels.h"

/* Rows that go through a row-wise model together: enough to pay for batch kernels, few enough to stay in L1. */
#define BLOCK_ROWS 32u

size_t edsc_arena_size(const edsc_model *m, size_t rows) {
    size_t most = BLOCK_ROWS;
    if (!(m->flags & EDSC_PLAN_ROWWISE))
        most = 1;
    else if (m->arena && SIZE_MAX / m->arena < most) /* a 32-bit size_t; row-wise models have no state */
        most = SIZE_MAX / m->arena;
    rows = rows < most ? rows : most;
    return (size_t)m->state + (size_t)m->arena * (rows ? rows : 1);
}

void edsc_reset(const edsc_model *m, void *arena) {
    if (m->section[EDSC_SECTION_INITIAL_STATE].size)
        memcpy(arena, edsc_records(m, EDSC_SECTION_INITIAL_STATE), m->state);
    else if (m->state)
        memset(arena, 0, m->state);
}

/* Bytes of the rows before this block; none to count where there is one row only. */
static size_t before(const edsc_call *c, const uint8_t *tensor) {
    return c->first ? c->first * edsc_tensor_bytes(c->model, tensor) : 0;
}

void *edsc_data(const edsc_call *c, unsigned index) {
    const uint8_t *t = edsc_operand(c, index);
    uint32_t offset = edsc_tensor_offset(t);
    switch (edsc_tensor_kind(t)) {
    case EDSC_KIND_CONSTANT:
        /* Kernels never write to constants or inputs: edsc_open() saw to it. */
        return (void *)(uintptr_t)(edsc_records(c->model, EDSC_SECTION_CONSTANTS) + offset);
    case EDSC_KIND_ARENA:
        return c->arena + (size_t)offset * c->block;
    case EDSC_KIND_INPUT:
        return (void *)((uintptr_t)c->in[offset] + before(c, t));
    case EDSC_KIND_OUTPUT:
        return (uint8_t *)c->out[offset] + before(c, t);
    default:
        return c->state + offset;
    }
}

int edsc_run(const edsc_model *m, void *arena, size_t arena_size, const void *const *in, void *const *out,
             size_t rows) {
    if (arena_size < (size_t)m->state + m->arena)
        return EDSC_ERR_ARENA;
    const uint8_t *nodes = edsc_records(m, EDSC_SECTION_NODES), *end = nodes + m->section[EDSC_SECTION_NODES].size;
    size_t block = 1;
    if (m->flags & EDSC_PLAN_ROWWISE) {
        block = m->arena ? (arena_size - m->state) / m->arena : BLOCK_ROWS;
        if (block > BLOCK_ROWS)
            block = BLOCK_ROWS;
        if (block > rows)
            block = rows;
    }
    edsc_call call; /* member by member: to clear it all first costs as much as a tiny model */
    call.model = m;
    call.arena = arena ? (uint8_t *)arena + m->state : NULL;
    call.state = arena;
    call.in = in;
    call.out = out;
    call.block = (uint32_t)block;
    call.until = NULL;
    call.at_once = 0;
    for (size_t first = 0; first < rows; first += block) {
        call.first = first;
        call.rows = (uint32_t)(rows - first < block ? rows - first : block);
        for (call.node = nodes; call.node < end; call.node = edsc_params(&call) + edsc_node_params(call.node))
            if (edsc_is_wanted(&call))
                edsc_find_op(edsc_node_op(call.node))->impl->run(&call);
    }
    return EDSC_OK;
}

static const uint8_t *port_at(const edsc_model *m, unsigned index) {
    return edsc_records(m, EDSC_SECTION_PORTS) + index * EDSC_PORT_SIZE;
}

/* Whether a NaN may stand in a column of an input that has no route for NaN from all of them. */
static int column_takes_nan(const edsc_model *m, const uint8_t *port, size_t column) {
    if (column >= edsc_port_n_features(port))
        return 0;
    const uint8_t *first = edsc_records(m, EDSC_SECTION_FEATURES) + edsc_port_features(port) * EDSC_FEATURE_SIZE;
    return edsc_feature_flags(first + column * EDSC_FEATURE_SIZE) & EDSC_FEATURE_NAN;
}

int edsc_check_input(const edsc_model *m, const void *const *in, size_t rows) {
    for (unsigned i = 0; i < m->inputs; i++) {
        const uint8_t *p = port_at(m, i), *t = edsc_tensor_at(m, edsc_port_tensor(p));
        if (edsc_port_flags(p) & EDSC_PORT_NAN)
            continue;
        size_t width = edsc_tensor_count(m, t), count = rows * width;
        const float *f = edsc_tensor_dtype(t) == EDSC_FLOAT32 ? in[i] : NULL;
        const double *d = edsc_tensor_dtype(t) == EDSC_FLOAT64 ? in[i] : NULL;
        for (size_t at = 0; (f || d) && at < count; at++)
            if ((f ? f[at] != f[at] : d[at] != d[at]) && !column_takes_nan(m, p, at % width))
                return EDSC_ERR_MISSING;
    }
    return EDSC_OK;
}

static const char *text_at(const edsc_model *m, uint32_t offset) {
    return (const char *)edsc_records(m, EDSC_SECTION_TEXT) + offset;
}

static int describe(const edsc_model *m, unsigned index, edsc_info *info) {
    const uint8_t *p = port_at(m, index), *t = edsc_tensor_at(m, edsc_port_tensor(p));
    memset(info, 0, sizeof *info);
    info->name = text_at(m, edsc_port_name(p));
    info->dtype = edsc_tensor_dtype(t);
    info->rank = edsc_tensor_rank(t);
    info->is_label = edsc_port_role(p) == EDSC_ROLE_LABEL;
    info->accepts_nan = (edsc_port_flags(p) & EDSC_PORT_NAN) != 0;
    info->squeeze = (edsc_port_flags(p) & EDSC_PORT_SQUEEZE) != 0;
    for (unsigned axis = 0; axis < info->rank; axis++)
        info->dims[axis] = edsc_tensor_dim(m, t, axis);
    info->row_bytes = edsc_tensor_bytes(m, t);
    info->n_features = edsc_port_n_features(p);
    info->n_labels = edsc_port_n_labels(p);
    if (edsc_tensor_quant(t)) {
        const uint8_t *q = edsc_records(m, EDSC_SECTION_QUANTS) + (edsc_tensor_quant(t) - 1u) * EDSC_QUANT_SIZE;
        info->scale = edsc_quant_scale(q);
        info->zero_point = edsc_quant_zero_point(q);
    }
    return EDSC_OK;
}

int edsc_input(const edsc_model *m, unsigned index, edsc_info *info) {
    return index < m->inputs ? describe(m, index, info) : EDSC_ERR_ARGUMENT;
}

int edsc_output(const edsc_model *m, unsigned index, edsc_info *info) {
    return index < m->outputs ? describe(m, m->inputs + index, info) : EDSC_ERR_ARGUMENT;
}

const char *edsc_input_feature(const edsc_model *m, unsigned input, uint32_t index) {
    if (input >= m->inputs || index >= edsc_port_n_features(port_at(m, input)))
        return "";
    uint32_t record = edsc_port_features(port_at(m, input)) + index;
    return text_at(m, edsc_feature_name(edsc_records(m, EDSC_SECTION_FEATURES) + record * EDSC_FEATURE_SIZE));
}

const char *edsc_output_label(const edsc_model *m, unsigned output, uint32_t index) {
    if (output >= m->outputs || index >= edsc_port_n_labels(port_at(m, m->inputs + output)))
        return "";
    uint32_t record = edsc_port_labels(port_at(m, m->inputs + output)) + index;
    return text_at(m, edsc_string_text(edsc_records(m, EDSC_SECTION_STRINGS) + record * EDSC_STRING_SIZE));
}
