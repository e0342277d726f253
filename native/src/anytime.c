/* anytime.c: one row through a model whose sum of trees may be cut short, with sound bounds on what the rest could do.
 *
 * The sum: adding rounds monotonically, so the finished sum lies between the one in which every remaining tree gives
 * its least leaf and the one with its greatest, added in the same order and type. What follows the sum must be one of
 * the links known here, each of whose outputs goes one way with every sum. Element by element, its extremes are at the
 * two ends of the sums; a softmax output rises with its own sum and falls with all others, so they are where one sum is
 * at one end and the others are at the other. Functions that approximate may be a few units in the last place off
 * monotonic: bounds are widened by that. Refuses models with none or several ensembles, and other links. */
#include <float.h>

#include "internal.h"
#include "tree_sum.h"

/* Roundings of exp and what is made of it by which two results may be out of order; twice what C libraries err. */
#define ULPS 16

enum { MOST_LINKS = 16 };    /* nodes behind the sum */
enum { TREES_AT_ONCE = 64 }; /* between two questions whether to stop: enough to keep the lanes of a walk busy */
enum { SCORE, LOW, HIGH, SPARE };
/* What is known of a tensor behind the sum: each element rises with a sum of its own; it went through a function that
 * approximates, and then was moved; it is no score. */
enum { PLAIN = 1, INEXACT = 2, MOVED = 4, LABEL = 8, REFUSED = 16 };

typedef struct {
    const uint8_t *node, *end; /* the ensemble, and where nodes end */
    uint16_t sums;             /* tensor */
    edsc_tree_sum sum;
    int couples; /* an output depends on several sums */
    int is_inexact, is_moved;
} place;

static const uint8_t *next_node(const edsc_call *c) { return edsc_params(c) + edsc_node_params(c->node); }

static const edsc_impl *impl_of(const edsc_call *c) { return edsc_find_op(edsc_node_op(c->node))->impl; }

/* What each tree of an ensemble can add. */
static void ranges_of(const edsc_call *c, void *ranges) {
    switch (edsc_node_op(c->node)) {
#ifdef EDSC_HAS_TREES
    case EDSC_OP_TREES:
        edsc_trees_ranges(c, ranges);
        break;
#endif
#ifdef EDSC_HAS_TREE_SWEEP
    case EDSC_OP_TREE_SWEEP:
        edsc_tree_sweep_ranges(c, ranges);
        break;
#endif
    default:
        (void)ranges;
    }
}

static int is_float(const edsc_call *c, unsigned index) {
    unsigned dtype = edsc_tensor_dtype(edsc_operand(c, index));
    return dtype == EDSC_FLOAT32 || dtype == EDSC_FLOAT64;
}

static double value_at(const edsc_call *c, unsigned index, size_t i) {
    const void *data = edsc_data(c, index);
    return edsc_tensor_dtype(edsc_operand(c, index)) == EDSC_FLOAT64 ? ((const double *)data)[i]
                                                                     : ((const float *)data)[i];
}

/* x times, plus or minus constants: what is known after, from what was before; `constant` is their operand. */
static unsigned after_constants(const edsc_call *c, unsigned known, unsigned op, unsigned constant) {
    size_t count = edsc_elements(c, constant);
    int adds = op == EDSC_OP_ADD || op == EDSC_OP_SUB;
    if (!edsc_is_constant(c, constant) || edsc_elements(c, !constant) != edsc_elements(c, 2) || (known & MOVED))
        return REFUSED;
    if ((op == EDSC_OP_SUB || op == EDSC_OP_DIV) && !constant) { /* constant - x */
        if (op == EDSC_OP_DIV)
            return REFUSED;
        known &= ~(unsigned)PLAIN;
    }
    if (adds && (known & INEXACT))
        known |= MOVED;
    for (size_t i = 0; i < count; i++) {
        double value = value_at(c, constant, i);
        if (value - value != 0 || (!adds && value == 0) || ((known & MOVED) && (value > 1 || value < -1)))
            return REFUSED;
        if (!adds && value < 0)
            known &= ~(unsigned)PLAIN;
    }
    return known;
}

/* What is known of the output of a node behind the sum, `known` being what is of all its inputs that are not constant
 * (PLAIN if all are). */
static unsigned after(const edsc_call *c, unsigned known, place *p, uint32_t sums) {
    unsigned op = edsc_node_op(c->node), exact = known & ~(unsigned)PLAIN;
    switch (op) {
    case EDSC_OP_ARGMAX:
        return LABEL;
    case EDSC_OP_CAST:
        return is_float(c, 1) ? known : LABEL;
    case EDSC_OP_RELU:
        return known;
    case EDSC_OP_BINARIZE:
        return exact & INEXACT ? LABEL : known; /* a step in place of a few units in the last place */
    case EDSC_OP_COLUMNS:
    case EDSC_OP_CONCAT:
        return exact;
    case EDSC_OP_SIGMOID:
    case EDSC_OP_EXP:
        return known & INEXACT ? (unsigned)REFUSED : known | INEXACT;
    case EDSC_OP_SOFTMAX:
        p->couples = 1;
        return known == PLAIN && edsc_elements(c, 0) == sums ? INEXACT : REFUSED;
    case EDSC_OP_DENSE:
        p->couples = 1;
        return known == PLAIN && sums <= 2 ? 0 : REFUSED;
    case EDSC_OP_ADD:
    case EDSC_OP_MUL:
    case EDSC_OP_SUB:
    case EDSC_OP_DIV:
        return is_float(c, 2) ? after_constants(c, known, op, edsc_is_constant(c, 0) ? 0 : 1) : (unsigned)REFUSED;
    default:
        return REFUSED;
    }
}

/* Follows what is known from node to node; EDSC_ERR_ARGUMENT where a score is not bounded by that. */
static int follow(edsc_call *c, place *p, uint32_t sums) {
    struct {
        uint16_t id;
        unsigned known;
    } made[MOST_LINKS + 1] = {{p->sums, PLAIN}};
    unsigned count = 1, scores = 0, wanted = 0;
    for (; c->node < p->end; c->node = next_node(c)) {
        unsigned known = PLAIN, inputs = edsc_operands(c) - 1u;
        if (count > MOST_LINKS || edsc_find_op(edsc_node_op(c->node))->outputs != 1)
            return EDSC_ERR_ARGUMENT;
        for (unsigned i = 0; i < inputs; i++) {
            if (!edsc_has(c, i) || edsc_is_constant(c, i))
                continue;
            unsigned from = 0;
            while (from < count && made[from].id != edsc_operand_id(c, i))
                from++;
            if (from == count) /* the row itself, or what was made of it before the sum */
                return EDSC_ERR_ARGUMENT;
            known = ((known & made[from].known) & PLAIN) | ((known | made[from].known) & ~(unsigned)PLAIN);
        }
        made[count].id = edsc_operand_id(c, inputs);
        known = known & LABEL ? LABEL : after(c, known, p, sums);
        if (known & REFUSED)
            return EDSC_ERR_ARGUMENT;
        p->is_inexact |= (known & INEXACT) != 0;
        p->is_moved |= (known & MOVED) != 0;
        made[count++].known = known;
    }
    edsc_info info;
    for (unsigned i = 0; i < c->model->outputs; i++) {
        edsc_output(c->model, i, &info);
        if (info.is_label)
            continue;
        wanted++;
        for (unsigned k = 0; k < count; k++) {
            const uint8_t *t = edsc_tensor_at(c->model, made[k].id);
            scores += edsc_tensor_kind(t) == EDSC_KIND_OUTPUT && edsc_tensor_offset(t) == i && !(made[k].known & LABEL);
        }
        if (info.dtype != EDSC_FLOAT32 && info.dtype != EDSC_FLOAT64)
            return EDSC_ERR_ARGUMENT;
    }
    return scores == wanted ? EDSC_OK : EDSC_ERR_ARGUMENT;
}

/* The model's one ensemble and what follows it; leaves c->node at the ensemble. */
static int find(edsc_call *c, place *p) {
    const edsc_model *m = c->model;
    memset(p, 0, sizeof *p);
    p->end = edsc_records(m, EDSC_SECTION_NODES) + m->section[EDSC_SECTION_NODES].size;
    for (c->node = edsc_records(m, EDSC_SECTION_NODES); c->node < p->end; c->node = next_node(c)) {
        if (!edsc_ensemble_sum(c, &p->sum))
            continue;
        if (p->node)
            return EDSC_ERR_ARGUMENT;
        p->node = c->node;
    }
    if (!p->node || !(m->flags & EDSC_PLAN_ROWWISE))
        return EDSC_ERR_ARGUMENT;
    c->node = p->node;
    p->sums = edsc_operand_id(c, edsc_operands(c) - 1u);
    if (edsc_elements(c, edsc_operands(c) - 1u) != p->sum.outputs)
        return EDSC_ERR_ARGUMENT;
    c->node = next_node(c);
    int status = follow(c, p, p->sum.outputs);
    c->node = p->node;
    return status;
}

/* Memory: for each tree its least values and its greatest, then SPARE + 1 vectors of sums. */
static size_t vectors_at(const edsc_tree_sum *s) {
    size_t bytes = edsc_tree_sum_bytes(s);
    return 2 * s->trees * (s->targets ? bytes / s->outputs : bytes);
}

size_t edsc_anytime_size(const edsc_model *m) {
    edsc_call call = {.model = m, .rows = 1, .block = 1};
    place p;
    if (find(&call, &p))
        return 0;
    return vectors_at(&p.sum) + (SPARE + 1) * edsc_tree_sum_bytes(&p.sum);
}

int edsc_anytime_prepare(const edsc_model *m, void *memory) {
    edsc_call call = {.model = m, .rows = 1, .block = 1};
    place p;
    int status = find(&call, &p);
    if (status)
        return status;
    const edsc_tree_sum sum = p.sum;
    ranges_of(&call, memory);
    for (size_t i = 0, size = sum.sums_double ? 8 : 4; i < vectors_at(&sum) / size; i++) {
        double value = sum.sums_double ? ((const double *)memory)[i] : ((const float *)memory)[i];
        if (value - value != 0) /* an endless leaf leaves nothing to bound */
            return EDSC_ERR_ARGUMENT;
    }
    return EDSC_OK;
}

/* From the sum of the first `trees` trees: its least and greatest end, and a guess between them, which takes an average
 * over all trees to go on as it began. All finished. */
#define BOUND(NAME, SUM)                                                                                               \
    static void NAME(const edsc_tree_sum *s, const void *ranges, uint32_t trees, void *vectors) {                      \
        const size_t m = s->outputs, width = s->targets ? 1 : m;                                                       \
        const SUM *least = (const SUM *)ranges + 2 * trees * width;                                                    \
        SUM *guess = vectors, *low = guess + m, *high = low + m;                                                       \
        memcpy(low, guess, m * sizeof *low);                                                                           \
        memcpy(high, guess, m * sizeof *high);                                                                         \
        for (uint32_t t = trees; t < s->trees; t++, least += 2 * width) {                                              \
            size_t to = s->targets ? s->targets[t] : 0;                                                                \
            for (size_t j = 0; j < width; j++) {                                                                       \
                low[to + j] += least[j];                                                                               \
                high[to + j] += least[width + j];                                                                      \
            }                                                                                                          \
        }                                                                                                              \
        for (size_t j = 0; j < m; j++) {                                                                               \
            SUM start = s->is_whole ? 0 : ((const SUM *)s->base)[j];                                                   \
            if (trees < s->trees && s->divisor != 1 && !s->targets)                                                    \
                guess[j] = trees ? start + (guess[j] - start) * (SUM)s->trees / (SUM)trees : (low[j] + high[j]) / 2;   \
            guess[j] = guess[j] < low[j] ? low[j] : guess[j] > high[j] ? high[j] : guess[j];                           \
        }                                                                                                              \
        edsc_tree_finish(s, guess);                                                                                    \
        edsc_tree_finish(s, low);                                                                                      \
        edsc_tree_finish(s, high);                                                                                     \
        for (size_t j = 0; j < m; j++)                                                                                 \
            if (low[j] > high[j]) { /* a negative divisor */                                                           \
                SUM end = low[j];                                                                                      \
                low[j] = high[j];                                                                                      \
                high[j] = end;                                                                                         \
            }                                                                                                          \
    }
BOUND(bound_f32, float)
BOUND(bound_f64, double)

/* The nodes behind the sums, from vector `from` into row `row` of the outputs. */
static void link_up(edsc_call *c, const place *p, const edsc_tree_sum *s, const uint8_t *from, size_t row) {
    c->first = row;
    c->node = p->node;
    memcpy(edsc_data(c, edsc_operands(c) - 1u), from, edsc_tree_sum_bytes(s));
    for (c->node = next_node(c); c->node < p->end; c->node = next_node(c))
        if (edsc_is_wanted(c))
            impl_of(c)->run(c);
}

/* Rows LOW and HIGH of every score take in row SPARE, or in the end are widened. */
#define MERGE(NAME, REAL, EPSILON, TINY)                                                                               \
    static void NAME(const place *p, REAL *y, size_t count, int widen) {                                               \
        REAL *low = y + LOW * count, *high = y + HIGH * count;                                                         \
        const REAL *other = y + SPARE * count, least = p->is_moved ? 1 : 0;                                            \
        for (size_t i = 0; i < count; i++) {                                                                           \
            if (!widen) {                                                                                              \
                low[i] = other[i] < low[i] ? other[i] : low[i];                                                        \
                high[i] = other[i] > high[i] ? other[i] : high[i];                                                     \
                continue;                                                                                              \
            }                                                                                                          \
            const REAL l = low[i], h = high[i], l_size = l < 0 ? -l : l, h_size = h < 0 ? -h : h;                      \
            low[i] = l - ULPS * EPSILON * (l_size > least ? l_size : least) - TINY;                                    \
            high[i] = h + ULPS * EPSILON * (h_size > least ? h_size : least) + TINY;                                   \
            if (!p->is_moved && l >= 0 && low[i] < 0) /* the functions here keep to one side of 0 */                   \
                low[i] = 0;                                                                                            \
        }                                                                                                              \
    }
MERGE(merge_f32, float, FLT_EPSILON, FLT_MIN)
MERGE(merge_f64, double, DBL_EPSILON, DBL_MIN)

static void merge(const edsc_call *c, const place *p, int widen) {
    edsc_info info;
    for (unsigned i = 0; i < c->model->outputs; i++) {
        edsc_output(c->model, i, &info);
        if (info.is_label)
            continue;
        if (info.dtype == EDSC_FLOAT64)
            merge_f64(p, c->out[i], info.row_bytes / sizeof(double), widen);
        else
            merge_f32(p, c->out[i], info.row_bytes / sizeof(float), widen);
    }
}

static void copy_rows(const edsc_call *c, size_t from, size_t to) {
    edsc_info info;
    for (unsigned i = 0; i < c->model->outputs; i++) {
        edsc_output(c->model, i, &info);
        uint8_t *out = c->out[i];
        if (out)
            memcpy(out + to * info.row_bytes, out + from * info.row_bytes, info.row_bytes);
    }
}

int edsc_run_until(const edsc_model *m, void *arena, size_t arena_size, const void *const *in, void *const *out,
                   edsc_anytime *until) {
    if (arena_size < (size_t)m->state + m->arena)
        return EDSC_ERR_ARENA;
    edsc_call call = {.model = m,
                      .in = in,
                      .out = out,
                      .rows = 1,
                      .block = 1,
                      .arena = arena,
                      .until = until,
                      .at_once = TREES_AT_ONCE};
    place p;
    int status = find(&call, &p);
    if (status)
        return status;
    const edsc_tree_sum sum = p.sum;
    const size_t bytes = edsc_tree_sum_bytes(&sum), size = bytes / sum.outputs;
    uint8_t *guess = (uint8_t *)until->memory + vectors_at(&sum), *low = guess + bytes, *high = low + bytes,
            *spare = high + bytes;
    for (call.node = edsc_records(m, EDSC_SECTION_NODES); call.node <= p.node; call.node = next_node(&call))
        impl_of(&call)->run(&call);
    call.node = p.node;
    until->of = sum.trees;
    memcpy(guess, edsc_data(&call, edsc_operands(&call) - 1u), bytes);
    if (sum.sums_double)
        bound_f64(&sum, until->memory, until->trees, guess);
    else
        bound_f32(&sum, until->memory, until->trees, guess);
    link_up(&call, &p, &sum, guess, SCORE);
    if (until->trees == sum.trees) {
        copy_rows(&call, SCORE, LOW);
        copy_rows(&call, SCORE, HIGH);
        return EDSC_OK;
    }
    link_up(&call, &p, &sum, low, LOW);
    copy_rows(&call, LOW, HIGH);
    link_up(&call, &p, &sum, high, SPARE);
    merge(&call, &p, 0);
    for (size_t i = 0; p.couples && sum.outputs > 1 && i < 2 * sum.outputs; i++) {
        const uint8_t *one = i & 1 ? low : high, *others = i & 1 ? high : low;
        memcpy(spare, others, bytes);
        memcpy(spare + i / 2 * size, one + i / 2 * size, size);
        link_up(&call, &p, &sum, spare, SPARE);
        merge(&call, &p, 0);
    }
    if (p.is_inexact)
        merge(&call, &p, 1);
    return EDSC_OK;
}
