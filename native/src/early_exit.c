/* early_exit.c: the class of a row after no more trees than it takes.
 *
 * The file says, for some numbers of trees, by how much the rest can lower and raise each sum, as seen by what decides
 * the class; converters/edgescore_converters/early_exit.py says how, with room for every rounding and for the links
 * behind the sums. Where one sum stays ahead whatever the rest says, its number is the class. Rows go one by one, but
 * for several through tree_sweep, which takes them together faster than it could stop. The section is read by the
 * ensemble's own width and count, so that a wrong one gives wrong classes and nothing worse. */
#include "internal.h"
#include "tree_sum.h"

#ifdef EDSC_LITTLE_CODE
#define ROWS_TOGETHER SIZE_MAX
#else
#define ROWS_TOGETHER EDSC_SWEEP_ROWS
#endif

typedef struct {
    edsc_anytime until;
    const edsc_tree_sum *sum;
    void *sums;
    const uint8_t *point, *end; /* the next number of trees to look after, and where they end */
    uint32_t lanes;             /* trees that are summed together */
    int32_t label;
} race;

int edsc_ensemble_sum(const edsc_call *c, edsc_tree_sum *sum) {
    switch (edsc_node_op(c->node)) {
#ifdef EDSC_HAS_TREES
    case EDSC_OP_TREES:
        edsc_trees_sum(c, sum);
        return 1;
#endif
#ifdef EDSC_HAS_TREE_SWEEP
    case EDSC_OP_TREE_SWEEP:
        edsc_tree_sweep_sum(c, sum);
        return 1;
#endif
    default:
        (void)sum;
        return 0;
    }
}

/* Whether `label` is known from sums y: of one sum by its side of 0, of several as the first. */
#define IS_WON(NAME, SUM)                                                                                              \
    static int NAME(size_t count, const SUM *y, const float *least, const float *most, int32_t *label) {               \
        size_t first = 0, j;                                                                                           \
        if (count == 1) {                                                                                              \
            *label = y[0] + least[0] > 0;                                                                              \
            return *label || y[0] + most[0] < 0;                                                                       \
        }                                                                                                              \
        for (j = 1; j < count; j++)                                                                                    \
            if (y[j] + least[j] > y[first] + least[first])                                                             \
                first = j;                                                                                             \
        *label = (int32_t)first;                                                                                       \
        for (j = 0; j < count && (j == first || y[j] + most[j] < y[first] + least[first]); j++)                        \
            ;                                                                                                          \
        return j == count;                                                                                             \
    }
IS_WON(is_won_f32, float)
IS_WON(is_won_f64, double)

static size_t point_bytes(const edsc_tree_sum *s) { return 4 * (1 + 2 * (size_t)s->outputs); }

/* The trees to look after at `point`; beyond the last point there is no such number. */
static uint32_t next_look(const race *r) {
    uint32_t trees = UINT32_MAX;
    if ((size_t)(r->end - r->point) < point_bytes(r->sum))
        return trees;
    memcpy(&trees, r->point, sizeof trees);
    return trees - trees % r->lanes;
}

static int is_decided(void *context) {
    race *r = context;
    if (r->until.trees < r->until.most)
        return 0;
    const size_t count = r->sum->outputs;
    const float *least = (const float *)(const void *)(r->point + 4), *most = least + count;
    if (r->sum->sums_double ? is_won_f64(count, r->sums, least, most, &r->label)
                            : is_won_f32(count, r->sums, least, most, &r->label))
        return 1;
    r->point += point_bytes(r->sum);
    r->until.most = next_look(r);
    return r->until.most <= r->until.trees; /* no sane file */
}

/* The model's label output; -1 without one. */
static int label_output(const edsc_model *m) {
    for (unsigned i = 0; i < m->outputs; i++)
        if (edsc_port_role(edsc_records(m, EDSC_SECTION_PORTS) + (m->inputs + i) * EDSC_PORT_SIZE) == EDSC_ROLE_LABEL)
            return (int)i;
    return -1;
}

int edsc_predict(const edsc_model *m, void *arena, size_t arena_size, const void *const *in, void *const *out,
                 size_t rows, uint64_t *asked) {
    const uint8_t *nodes = edsc_records(m, EDSC_SECTION_NODES), *end = nodes + m->section[EDSC_SECTION_NODES].size;
    const uint8_t *points = edsc_records(m, EDSC_SECTION_EARLY_EXIT);
    int label = -1;
    if (m->section[EDSC_SECTION_EARLY_EXIT].size && (m->flags & EDSC_PLAN_ROWWISE))
        label = label_output(m);
    if (label < 0 || !out[label])
        return edsc_run(m, arena, arena_size, in, out, rows);
    if (arena_size < m->arena)
        return EDSC_ERR_ARENA;
    edsc_tree_sum sum;
    race r = {.sum = &sum, .end = points + m->section[EDSC_SECTION_EARLY_EXIT].size};
    edsc_call call = {.model = m,
                      .in = in,
                      .out = out,
                      .arena = arena,
                      .rows = 1,
                      .block = 1,
                      .until = &r.until,
                      .at_once = UINT32_MAX};
    r.until.stop = is_decided;
    r.until.context = &r;
    for (; call.first < rows; call.first++)
        for (call.node = nodes; call.node < end; call.node = edsc_params(&call) + edsc_node_params(call.node)) {
            if (!edsc_is_wanted(&call))
                continue;
            int is_sum = edsc_ensemble_sum(&call, &sum), is_swept = edsc_node_op(call.node) == EDSC_OP_TREE_SWEEP;
            if (is_swept && rows >= ROWS_TOGETHER)
                return edsc_run(m, arena, arena_size, in, out, rows);
            if (is_sum) {
                r.sums = edsc_data(&call, edsc_operands(&call) - 1u);
                r.point = points;
                r.lanes = is_swept ? EDSC_SWEEP_LANES : 1;
                r.until.most = next_look(&r);
            }
            edsc_find_op(edsc_node_op(call.node))->impl->run(&call);
            if (!is_sum)
                continue;
            if (asked)
                *asked += r.until.trees;
            if (r.until.trees < sum.trees) {
                ((int32_t *)out[label])[call.first] = r.label;
                break;
            }
            edsc_tree_finish(&sum, r.sums);
        }
    return EDSC_OK;
}
