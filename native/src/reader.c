/* reader.c: edsc_open(): every check of untrusted bytes, once, in the order of edgescore/_reader.py and with its
 * statuses. What is accepted here edsc_run() may rely on: offsets, shapes, dtypes, parameters, constant contents, and
 * that every byte a node reads was written. Sizes are at most 2^30, so sums of two of them fit a u32. */
#include "crc32.h"
#include "walk.h"

const uint8_t edsc_dtype_size[] = EDSC_DTYPE_SIZES;
static const uint8_t record_size[] = EDSC_RECORD_SIZES;
#define KNOWN_SECTIONS (sizeof record_size / sizeof *record_size)
#define DTYPE_COUNT (sizeof edsc_dtype_size / sizeof *edsc_dtype_size)

#define CHECK(condition, status)                                                                                       \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            return EDSC_ERR_##status;                                                                                  \
    } while (0)
#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        int try_status = (call);                                                                                       \
        if (try_status)                                                                                                \
            return try_status;                                                                                         \
    } while (0)

static uint32_t read_u32(const uint8_t *p) {
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static int zeros(const uint8_t *from, const uint8_t *to) {
    while (from < to)
        if (*from++)
            return 0;
    return 1;
}

static int read_sections(edsc_model *m, const uint8_t *bytes, size_t size) {
    CHECK(size >= 4, TRUNCATED);
    CHECK(memcmp(bytes, "EDSC", 4) == 0, MAGIC);
    CHECK(size >= EDSC_HEADER_SIZE + 4, TRUNCATED);
    CHECK(edsc_header_major(bytes) == EDSC_MAJOR && edsc_header_minor(bytes) <= EDSC_MINOR, VERSION);
    CHECK(size >= edsc_header_size(bytes), TRUNCATED);
    CHECK(size == edsc_header_size(bytes) && size <= EDSC_MAX_BYTES && !edsc_header_reserved(bytes), LAYOUT);
    uint32_t end = (uint32_t)size - 4;
    CHECK(edsc_crc32(bytes, end) == read_u32(bytes + end), CHECKSUM);
    uint32_t count = edsc_header_sections(bytes), last = 0, found = 0;
    uint32_t expected = EDSC_HEADER_SIZE + count * EDSC_SECTION_SIZE;
    CHECK(expected <= end, LAYOUT);
    m->bytes = bytes;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *entry = bytes + EDSC_HEADER_SIZE + i * EDSC_SECTION_SIZE;
        uint32_t id = edsc_section_id(entry), length = edsc_section_size(entry), start = EDSC_ALIGNED(expected);
        CHECK(id > last && edsc_section_offset(entry) == start && start <= end && length <= end - start, LAYOUT);
        CHECK(edsc_section_flags(entry) <= EDSC_MUST_UNDERSTAND && zeros(bytes + expected, bytes + start), LAYOUT);
        last = id;
        expected = start + length;
        if (id >= KNOWN_SECTIONS || record_size[id] == 0) {
            CHECK(edsc_section_flags(entry) != EDSC_MUST_UNDERSTAND, SECTION);
            continue;
        }
        CHECK(length % record_size[id] == 0, LAYOUT);
        CHECK(record_size[id] == 1 || length / record_size[id] <= EDSC_MAX_RECORDS, LAYOUT);
        m->section[id].offset = start;
        m->section[id].size = length;
        found |= 1u << id;
    }
    CHECK(EDSC_ALIGNED(expected) == end && zeros(bytes + expected, bytes + end), LAYOUT);
    CHECK((found & EDSC_REQUIRED_SECTIONS) == EDSC_REQUIRED_SECTIONS, SECTION);
    return EDSC_OK;
}

static int read_plan(edsc_model *m) {
    CHECK(m->section[EDSC_SECTION_PLAN].size == EDSC_PLAN_SIZE, SECTION);
    if (m->section[EDSC_SECTION_BUDGET].size) {
        const uint8_t *budget = edsc_records(m, EDSC_SECTION_BUDGET);
        double drop = edsc_budget_accuracy_drop(budget);
        CHECK(m->section[EDSC_SECTION_BUDGET].size == EDSC_BUDGET_SIZE && !edsc_budget_reserved(budget), SECTION);
        CHECK(drop == drop && edsc_budget_on_violation(budget) <= EDSC_VIOLATION_CALLBACK, SECTION);
    }
    const uint8_t *plan = edsc_records(m, EDSC_SECTION_PLAN);
    m->arena = edsc_plan_arena(plan);
    m->state = edsc_plan_state(plan);
    m->flags = edsc_plan_flags(plan);
    CHECK(m->arena <= EDSC_MAX_BYTES && m->state <= EDSC_MAX_BYTES && !(m->flags & ~EDSC_PLAN_ROWWISE), PLAN);
    CHECK(m->arena % EDSC_ALIGNMENT == 0 && m->state % EDSC_ALIGNMENT == 0, PLAN);
    CHECK(!(m->flags & EDSC_PLAN_ROWWISE) || !m->state, PLAN); /* blocks of rows know no order */
    uint32_t initial = m->section[EDSC_SECTION_INITIAL_STATE].size;
    CHECK(!initial || initial == m->state, PLAN);
    return EDSC_OK;
}

uint32_t edsc_tensor_count(const edsc_model *m, const uint8_t *tensor) {
    const uint8_t *dim = edsc_records(m, EDSC_SECTION_DIMS) + edsc_tensor_dims(tensor) * EDSC_DIM_SIZE;
    uint32_t count = 1;
    for (unsigned axes = edsc_tensor_rank(tensor); axes--; dim += EDSC_DIM_SIZE)
        count *= edsc_dim_size(dim);
    return count;
}

static int check_tensors(const edsc_model *m) {
    uint32_t n_dims = edsc_count(m, EDSC_SECTION_DIMS, EDSC_DIM_SIZE);
    uint32_t n_quants = edsc_count(m, EDSC_SECTION_QUANTS, EDSC_QUANT_SIZE);
    for (uint32_t i = 0; i < n_quants; i++) {
        float scale = edsc_quant_scale(edsc_records(m, EDSC_SECTION_QUANTS) + i * EDSC_QUANT_SIZE);
        CHECK(scale > 0.0f && scale <= 3.402823466e38f, TENSOR);
    }
    CHECK(edsc_count(m, EDSC_SECTION_TENSORS, EDSC_TENSOR_SIZE) <= EDSC_ABSENT, TENSOR);
    for (uint32_t i = 0; i < edsc_count(m, EDSC_SECTION_TENSORS, EDSC_TENSOR_SIZE); i++) {
        const uint8_t *t = edsc_tensor_at(m, i);
        uint32_t kind = edsc_tensor_kind(t), offset = edsc_tensor_offset(t), rank = edsc_tensor_rank(t), room = 0;
        CHECK(kind <= EDSC_KIND_STATE && !edsc_tensor_flags(t) && !edsc_tensor_reserved(t), TENSOR);
        CHECK(edsc_tensor_quant(t) <= n_quants, TENSOR);
        CHECK(edsc_tensor_dtype(t) < DTYPE_COUNT && edsc_dtype_size[edsc_tensor_dtype(t)], DTYPE);
        CHECK(rank <= EDSC_MAX_RANK && edsc_tensor_dims(t) <= n_dims && rank <= n_dims - edsc_tensor_dims(t), TENSOR);
        uint64_t size = edsc_dtype_size[edsc_tensor_dtype(t)];
        for (unsigned axis = 0; axis < rank; axis++) {
            size *= edsc_tensor_dim(m, t, axis);
            CHECK(size > 0 && size <= EDSC_MAX_BYTES, TENSOR);
        }
        if (kind == EDSC_KIND_CONSTANT)
            room = m->section[EDSC_SECTION_CONSTANTS].size;
        else if (kind == EDSC_KIND_ARENA)
            room = m->arena;
        else if (kind == EDSC_KIND_STATE)
            room = m->state;
        uint32_t unit = kind == EDSC_KIND_ARENA ? edsc_dtype_size[edsc_tensor_dtype(t)] : EDSC_ALIGNMENT;
        if (kind != EDSC_KIND_INPUT && kind != EDSC_KIND_OUTPUT)
            CHECK(offset % unit == 0 && offset <= room && size <= room - offset, TENSOR);
        if ((m->flags & EDSC_PLAN_ROWWISE) && kind != EDSC_KIND_CONSTANT)
            CHECK(rank == 2 && edsc_tensor_dim(m, t, 0) == 1, TENSOR);
    }
    return EDSC_OK;
}

/* Texts do not share memory, so that a reader which copies each one does not take more than the file has. */
static int is_text(const edsc_model *m, uint32_t offset) {
    const uint8_t *text = edsc_records(m, EDSC_SECTION_TEXT);
    return offset < m->section[EDSC_SECTION_TEXT].size && (offset == 0 || text[offset - 1] == 0);
}

/* A list of labels or categories; `listed` counts the entries of all of them. */
static int check_list(const edsc_model *m, uint32_t first, uint32_t count, uint32_t type, uint32_t *listed) {
    uint32_t total = edsc_count(m, EDSC_SECTION_STRINGS, EDSC_STRING_SIZE);
    CHECK(first <= total && count <= total - first && type <= EDSC_VALUE_BOOL, PORT);
    *listed += count;
    CHECK(*listed <= EDSC_MAX_RECORDS, PORT);
    return EDSC_OK;
}

static int check_features(const edsc_model *m, uint32_t *listed) {
    uint32_t text = m->section[EDSC_SECTION_TEXT].size;
    CHECK(text == 0 || edsc_records(m, EDSC_SECTION_TEXT)[text - 1] == 0, PORT);
    for (uint32_t i = 0; i < edsc_count(m, EDSC_SECTION_STRINGS, EDSC_STRING_SIZE); i++)
        CHECK(is_text(m, edsc_string_text(edsc_records(m, EDSC_SECTION_STRINGS) + i * EDSC_STRING_SIZE)), PORT);
    for (uint32_t i = 0; i < edsc_count(m, EDSC_SECTION_FEATURES, EDSC_FEATURE_SIZE); i++) {
        const uint8_t *f = edsc_records(m, EDSC_SECTION_FEATURES) + i * EDSC_FEATURE_SIZE;
        CHECK(edsc_feature_kind(f) <= EDSC_FEATURE_CATEGORICAL && edsc_feature_unknown(f) <= EDSC_UNKNOWN_MISSING,
              PORT);
        CHECK(edsc_feature_flags(f) <= EDSC_FEATURE_NAN && is_text(m, edsc_feature_name(f)), PORT);
        CHECK(edsc_feature_kind(f) || !edsc_feature_n_categories(f), PORT);
        TRY(check_list(m, edsc_feature_categories(f), edsc_feature_n_categories(f), edsc_feature_category_type(f),
                       listed));
    }
    return EDSC_OK;
}

static int check_ports(edsc_model *m, uint32_t *listed) {
    uint32_t n_tensors = edsc_count(m, EDSC_SECTION_TENSORS, EDSC_TENSOR_SIZE), ends = 0;
    uint32_t n_features = edsc_count(m, EDSC_SECTION_FEATURES, EDSC_FEATURE_SIZE);
    uint32_t n_ports = edsc_count(m, EDSC_SECTION_PORTS, EDSC_PORT_SIZE);
    for (uint32_t i = 0; i < n_ports; i++) {
        const uint8_t *p = edsc_records(m, EDSC_SECTION_PORTS) + i * EDSC_PORT_SIZE;
        uint32_t flags = edsc_port_flags(p), is_input = flags & EDSC_PORT_INPUT, wanted = edsc_port_n_features(p);
        CHECK(flags <= 7 && !edsc_port_pad(p) && !edsc_port_reserved(p) && !(is_input && m->outputs), PORT);
        CHECK(edsc_port_role(p) <= EDSC_ROLE_LABEL && !(is_input && edsc_port_role(p)), PORT);
        CHECK(edsc_port_tensor(p) < n_tensors, PORT);
        const uint8_t *t = edsc_tensor_at(m, edsc_port_tensor(p));
        uint16_t *number = is_input ? &m->inputs : &m->outputs;
        CHECK(edsc_tensor_kind(t) == (is_input ? EDSC_KIND_INPUT : EDSC_KIND_OUTPUT), PORT);
        CHECK(edsc_tensor_offset(t) == *number, PORT);
        ++*number; /* cannot wrap: no two ports have the same tensor */
        unsigned rank = edsc_tensor_rank(t), dtype = edsc_tensor_dtype(t);
        uint32_t width = rank ? edsc_tensor_dim(m, t, rank - 1) : 0;
        if (wanted)
            CHECK(is_input && wanted == width && edsc_port_features(p) <= n_features &&
                      wanted <= n_features - edsc_port_features(p),
                  PORT);
        CHECK(!(flags & EDSC_PORT_SQUEEZE) || (rank > 1 && width == 1), PORT);
        CHECK(!(flags & EDSC_PORT_NAN) || (is_input && (dtype == EDSC_FLOAT32 || dtype == EDSC_FLOAT64)), PORT);
        CHECK(!edsc_port_role(p) || (dtype == EDSC_INT32 && edsc_tensor_count(m, t) == 1), PORT);
        CHECK(is_text(m, edsc_port_name(p)), PORT);
        TRY(check_list(m, edsc_port_labels(p), edsc_port_n_labels(p), edsc_port_label_type(p), listed));
    }
    for (uint32_t i = 0; i < n_tensors; i++) {
        unsigned kind = edsc_tensor_kind(edsc_tensor_at(m, i));
        ends += kind == EDSC_KIND_INPUT || kind == EDSC_KIND_OUTPUT;
    }
    CHECK(m->inputs && m->outputs && ends == n_ports, PORT);
    return EDSC_OK;
}

/* Walks a signature (see edgescore/ops/_op.py for its grammar) operand by operand. */
typedef struct {
    const char *token;
    unsigned inputs; /* of this node */
    uint32_t letter[26];
    const uint8_t *whole; /* the tensor bound to "..." */
} signature;

static int is_end(char c) { return c == ',' || c == '>' || c == 0; }

/* Start at the first operand of a node with `count` of them; NODE where it cannot have so many. */
static int begin(signature *s, const edsc_op *op, unsigned count) {
    const char *sig = edsc_op_sig(op), *arrow = sig;
    unsigned inputs = 1;
    for (; *arrow != '>'; arrow++)
        inputs += *arrow == ',';
    CHECK(count >= inputs + op->outputs, NODE);
    CHECK(count == inputs + op->outputs || arrow[-1] == '+', NODE);
    memset(s, 0, sizeof *s);
    s->token = sig;
    s->inputs = count - op->outputs;
    return EDSC_OK;
}

/* Match tensor `t` with the current token. */
static int match_shape(signature *s, const edsc_model *m, const uint8_t *t) {
    const char *c = s->token + (*s->token == '!');
    unsigned rank = edsc_tensor_rank(t), axis = 0;
    if (*c == '*' || *c == '@')
        return EDSC_OK;
    if (*c == '.') {
        if (!s->whole)
            s->whole = t;
        CHECK(rank == edsc_tensor_rank(s->whole), SHAPE);
        for (; axis < rank; axis++)
            CHECK(edsc_tensor_dim(m, t, axis) == edsc_tensor_dim(m, s->whole, axis), SHAPE);
        return EDSC_OK;
    }
    for (; !is_end(*c) && *c != '?' && *c != '+'; c++, axis++) {
        CHECK(axis < rank, SHAPE);
        uint32_t size = edsc_tensor_dim(m, t, axis);
        if (*c >= '0' && *c <= '9') {
            CHECK(size == (uint32_t)(*c - '0'), SHAPE);
        } else {
            uint32_t *bound = &s->letter[*c - 'a'];
            if (!*bound)
                *bound = size;
            CHECK(*bound == size, SHAPE);
        }
    }
    CHECK(axis == rank, SHAPE);
    return EDSC_OK;
}

/* Step to the next token; a variadic one stays until only outputs remain. */
static void next_token(signature *s, unsigned index) {
    const char *c = s->token;
    while (!is_end(*c))
        c++;
    if (c[-1] == '+' && index + 1 < s->inputs)
        return;
    s->token = *c ? c + 1 : c;
}

static char type_letter(const char *types, unsigned variant, unsigned index, unsigned inputs) {
    while (variant)
        variant -= *types++ == '|';
    unsigned written = 0;
    while (types[written] != '>')
        written++;
    if (index < inputs)
        return types[index < written ? index : written - 1];
    return types[written + 1 + (index - inputs)];
}

static int check_operands(const edsc_call *c, const edsc_op *op, signature *s) {
    static const char letters[] = EDSC_DTYPE_LETTERS;
    uint32_t n_tensors = edsc_count(c->model, EDSC_SECTION_TENSORS, EDSC_TENSOR_SIZE);
    signature shapes = *s;
    for (unsigned i = 0; i < edsc_operands(c); next_token(s, i), i++) {
        const char *end = s->token;
        while (!is_end(*end))
            end++;
        if (!edsc_has(c, i) && end[-1] == '?')
            continue;
        CHECK(edsc_operand_id(c, i) < n_tensors, NODE);
        const uint8_t *t = edsc_operand(c, i);
        unsigned kind = edsc_tensor_kind(t);
        CHECK(letters[edsc_tensor_dtype(t)] == type_letter(edsc_op_types(op), edsc_variant(c), i, s->inputs), DTYPE);
        CHECK(*s->token == '@' || (*s->token == '!') == (kind == EDSC_KIND_CONSTANT), NODE);
        CHECK(i < s->inputs || (kind != EDSC_KIND_CONSTANT && kind != EDSC_KIND_INPUT), NODE);
    }
    for (unsigned i = 0; i < edsc_operands(c); next_token(&shapes, i), i++)
        if (edsc_has(c, i))
            TRY(match_shape(&shapes, c->model, edsc_operand(c, i)));
    return EDSC_OK;
}

/* The memory of a tensor, in the arena or in the state; elsewhere tensors share nothing, and this is empty. */
typedef struct {
    uint32_t kind, from, to;
} span;

static span span_of(const edsc_model *m, const uint8_t *t) {
    span s = {edsc_tensor_kind(t), edsc_tensor_offset(t), 0};
    if (s.kind == EDSC_KIND_ARENA || s.kind == EDSC_KIND_STATE)
        s.to = s.from + edsc_tensor_bytes(m, t);
    return s;
}

/* Whether a tensor has bytes of `s`. */
static int meets(const edsc_model *m, const uint8_t *t, span s) {
    uint32_t from = edsc_tensor_offset(t);
    return edsc_tensor_kind(t) == s.kind && from < s.to && s.from < from + edsc_tensor_bytes(m, t);
}

/* Whether writing output `o` changes bytes of `s`: any they share, but for those that an operator of views finds in
 * their place. See view() of edgescore/ops/{concat,reshape,slice}.py. */
static int changes(const edsc_call *c, const edsc_op *op, unsigned o, span s) {
    const edsc_model *m = c->model;
    const uint8_t *out = edsc_operand(c, o);
    if (!meets(m, out, s))
        return 0;
    if (op->inplace != EDSC_INPLACE_VIEW || (m->flags & EDSC_PLAN_ROWWISE))
        return 1;
    const uint8_t *in = edsc_operand(c, 0);
    unsigned code = edsc_node_op(c->node), rank = edsc_tensor_rank(in);
    uint32_t place = edsc_tensor_offset(out), start = 0, inner = 1, outer = 1;
    if (code == EDSC_OP_CONCAT) {
        unsigned axis = edsc_axis(edsc_concat_axis(edsc_params(c)), rank);
        uint32_t unit = edsc_tensor_bytes(m, out) / edsc_tensor_dim(m, out, axis);
        if (edsc_span(c, o, 0, axis) != 1)
            return 1;
        for (unsigned i = 0; i < o && place < s.to; i++) {
            in = edsc_operand(c, i);
            uint32_t end = place + edsc_tensor_dim(m, in, axis) * unit;
            if (s.from < end && (edsc_tensor_kind(in) != s.kind || edsc_tensor_offset(in) != place))
                return 1;
            place = end;
        }
        return 0;
    }
    for (unsigned axis = rank; code == EDSC_OP_SLICE && axis--;) {
        uint32_t size = edsc_tensor_dim(m, out, axis);
        if (size > 1 && inner != ((const uint32_t *)edsc_data(c, 2))[axis] * outer)
            return 1;
        start += ((const uint32_t *)edsc_data(c, 1))[axis] * outer;
        inner *= size;
        outer *= edsc_tensor_dim(m, in, axis);
    }
    return edsc_tensor_kind(in) != s.kind ||
           edsc_tensor_offset(in) + start * edsc_dtype_size[edsc_tensor_dtype(in)] != place;
}

static const uint8_t *next_node(const uint8_t *node) {
    return node + EDSC_NODE_SIZE + (edsc_node_operands(node) * 2u + 3u) / 4u * 4u + edsc_node_params(node);
}

/* The first output of a node, as an operand index. */
static unsigned first_output(const edsc_call *c) {
    return edsc_operands(c) - edsc_find_op(edsc_node_op(c->node))->outputs;
}

static int is_label(const edsc_model *m, const uint8_t *t) {
    uint32_t port = m->inputs + edsc_tensor_offset(t);
    return edsc_tensor_kind(t) == EDSC_KIND_OUTPUT &&
           edsc_port_role(edsc_records(m, EDSC_SECTION_PORTS) + port * EDSC_PORT_SIZE) == EDSC_ROLE_LABEL;
}

/* Every operand read holds what its last writer wrote, and outputs do not destroy inputs still needed. Callers may
 * leave labels out: no node reads one, and a node that is skipped for it leaves nothing else unwritten. */
static int check_written(const edsc_call *c, const edsc_op *op, unsigned inputs) {
    const edsc_model *m = c->model;
    unsigned operands = edsc_operands(c);
    for (unsigned i = 0; i < inputs; i++) {
        if (!edsc_has(c, i))
            continue;
        const uint8_t *t = edsc_operand(c, i);
        if (edsc_tensor_kind(t) != EDSC_KIND_ARENA && edsc_tensor_kind(t) != EDSC_KIND_OUTPUT)
            continue;
        CHECK(!is_label(m, t), PLAN);
        int intact = 0;
        span memory = span_of(m, t);
        edsc_call earlier = *c;
        for (earlier.node = edsc_records(m, EDSC_SECTION_NODES); earlier.node < c->node;
             earlier.node = next_node(earlier.node)) {
            const edsc_op *writer = edsc_find_op(edsc_node_op(earlier.node));
            for (unsigned o = edsc_operands(&earlier) - writer->outputs; o < edsc_operands(&earlier); o++) {
                if (edsc_operand_id(&earlier, o) == edsc_operand_id(c, i))
                    intact = 1;
                else if (intact && changes(&earlier, writer, o, memory))
                    intact = 0;
            }
        }
        CHECK(intact, PLAN);
    }
    for (unsigned o = inputs; o < operands; o++) {
        const uint8_t *out = edsc_operand(c, o);
        span memory = span_of(m, out);
        CHECK(!is_label(m, out) || operands - inputs == 1, PLAN);
        for (unsigned p = o + 1; p < operands; p++)
            CHECK(edsc_operand_id(c, p) != edsc_operand_id(c, o) && !meets(m, edsc_operand(c, p), memory), PLAN);
        for (unsigned i = 0; i < inputs; i++) {
            if (!edsc_has(c, i))
                continue;
            const uint8_t *in = edsc_operand(c, i);
            int same = edsc_tensor_offset(in) == edsc_tensor_offset(out) &&
                       edsc_tensor_bytes(m, in) == edsc_tensor_bytes(m, out);
            CHECK(edsc_operand_id(c, i) != edsc_operand_id(c, o), PLAN);
            CHECK(!changes(c, op, o, span_of(m, in)) || (op->inplace == EDSC_INPLACE_SAME && same), PLAN);
        }
    }
    return EDSC_OK;
}

static int check_outputs(const edsc_model *m) {
    const uint8_t *end = edsc_records(m, EDSC_SECTION_NODES) + m->section[EDSC_SECTION_NODES].size;
    for (uint32_t id = 0; id < edsc_count(m, EDSC_SECTION_TENSORS, EDSC_TENSOR_SIZE); id++) {
        if (edsc_tensor_kind(edsc_tensor_at(m, id)) != EDSC_KIND_OUTPUT)
            continue;
        int written = 0;
        edsc_call call = {.model = m, .node = edsc_records(m, EDSC_SECTION_NODES)};
        for (; call.node < end && !written; call.node = next_node(call.node))
            for (unsigned o = first_output(&call); o < edsc_operands(&call); o++)
                written |= edsc_operand_id(&call, o) == id;
        CHECK(written, PLAN);
    }
    return EDSC_OK;
}

static int check_nodes(const edsc_model *m) {
    const uint8_t *node = edsc_records(m, EDSC_SECTION_NODES), *end = node + m->section[EDSC_SECTION_NODES].size;
    uint32_t operands = 0, constants = 0;
    while (node < end) {
        CHECK((size_t)(end - node) >= EDSC_NODE_SIZE, NODE);
        size_t fixed = EDSC_NODE_SIZE + (edsc_node_operands(node) * 2u + 3u) / 4u * 4u;
        CHECK(fixed + edsc_node_params(node) <= (size_t)(end - node), NODE);
        operands += edsc_node_operands(node);
        CHECK(!edsc_node_reserved(node) && edsc_node_params(node) % 4 == 0 && operands <= EDSC_MAX_OPERANDS, NODE);
        const edsc_op *op = edsc_find_op(edsc_node_op(node));
        CHECK(op, OPERATOR);
        CHECK(edsc_node_variant(node) < op->variants, DTYPE);
        CHECK(op->rowwise || !(m->flags & EDSC_PLAN_ROWWISE), PLAN);
        edsc_call call = {.model = m, .node = node, .rows = 1, .block = 1};
        signature s;
        TRY(begin(&s, op, edsc_node_operands(node)));
        CHECK(zeros(node + EDSC_NODE_SIZE + 2 * edsc_node_operands(node), node + fixed), NODE);
        TRY(check_operands(&call, op, &s));
        for (unsigned i = 0; i < s.inputs; i++)
            if (edsc_has(&call, i) && edsc_is_constant(&call, i)) {
                constants += edsc_tensor_bytes(m, edsc_operand(&call, i));
                CHECK(constants <= EDSC_MAX_BYTES, NODE); /* bounds the time of the operators' own checks */
            }
        CHECK(edsc_node_params(node) == op->params, PARAM);
        CHECK(zeros(node + fixed + op->record, node + fixed + op->params), PARAM);
        if (op->impl->check)
            TRY(op->impl->check(&call));
        TRY(check_written(&call, op, s.inputs));
        node = next_node(node);
    }
    return check_outputs(m);
}

int edsc_open(edsc_model *model, const void *bytes, size_t size) {
    CHECK(model && bytes && (uintptr_t)bytes % EDSC_ALIGNMENT == 0, ARGUMENT);
    memset(model, 0, sizeof *model);
    TRY(read_sections(model, bytes, size));
    TRY(read_plan(model));
    TRY(check_tensors(model));
    uint32_t listed = 0;
    TRY(check_features(model, &listed));
    TRY(check_ports(model, &listed));
    return check_nodes(model);
}
