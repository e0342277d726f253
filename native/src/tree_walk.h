/* tree_walk.h: from the roots of an ensemble to its leaves, for one row. Only ops/trees.c includes it.
 *
 * A walk waits for memory at every step, so LANES trees walk at once, each lane taking the next tree when it comes to a
 * leaf: no branch depends on the data. Where nodes share tests, the tests are answered first, in the order of the
 * features, and a step only looks up the answer; this also takes missing values, categories and the float type out of
 * the walk. Nodes of one word, made for size, are walked one tree after the other.
 */
#include "internal.h"
#include "kernels.h"
#include "tree_sum.h"

#ifdef EDSC_LITTLE_CODE
enum { CHUNK = 32 };
#else
enum { CHUNK = 256 };
#endif
enum { LANES = 12 };
/* Answering a test costs an eighth of a step: worth it up to some tests a tree. MAX_ANSWERS bounds the stack. */
enum { ANSWERS_PER_TREE = 32, MAX_ANSWERS = 16384 };

#define REAL float
#define TYPED(name) name##_f32
#include "tree_test.h"
#define REAL double
#define TYPED(name) name##_f64
#include "tree_test.h"
#define INTEGER_ROWS
#define REAL int16_t
#define TYPED(name) name##_i16
#include "tree_test.h"
#undef INTEGER_ROWS

enum { OF_FLOAT, OF_DOUBLE, OF_INT16 }; /* what rows hold, in the order of walkers[] */

typedef struct {
    const void *nodes;
    const uint32_t *roots;
    uint32_t count;   /* of nodes */
    int is_wide;      /* nodes, kinds and runs are uint32_t, else uint16_t */
    unsigned left_at; /* a node is one word, leaves on the left in so many low bits, test above; 0: it is three words */
    unsigned numbers;
    edsc_tests tests;
    edsc_tree_sum sum;
} ensemble;

/* Where the nodes of a tree end; `root` is its row of roots. */
static inline uint32_t end_of(const ensemble *e, const uint32_t *root) {
    return root + 2 < e->roots + 2 * (size_t)e->sum.trees ? root[2] : e->count;
}

static inline uint32_t left_of(const ensemble *e, int is_wide, size_t node) {
    return edsc_word(e->nodes, is_wide, node) & ((1u << e->left_at) - 1);
}

/* Leaf rows of trees first..first + count - 1, for a row of numbers or of answers; `leaf` has CHUNK + LANES places. */
typedef void walker(const ensemble *e, const void *row, uint32_t first, uint32_t count, uint32_t *leaf);

/* One tree after the other. In nodes of one word the left subtree follows its split, then the right one: a walk needs
 * to know how many leaves the subtree that it stands in front of has. */
#define WALK(NAME, WIDE, GOES_RIGHT)                                                                                   \
    static void NAME(const ensemble *e, const void *row, uint32_t first, uint32_t count, uint32_t *leaf) {             \
        const int is_wide = WIDE;                                                                                      \
        const uint32_t top = 1u << (is_wide ? 31 : 15);                                                                \
        for (const uint32_t *root = e->roots + 2 * (size_t)first; count; count--, root += 2) {                         \
            size_t node = root[0];                                                                                     \
            uint32_t child = 0, passed = 0;                                                                            \
            if (e->left_at)                                                                                            \
                for (uint32_t leaves = end_of(e, root) - root[0] + 1; leaves > 1;) {                                   \
                    child = left_of(e, is_wide, node);                                                                 \
                    if (GOES_RIGHT(edsc_word(e->nodes, is_wide, node) >> e->left_at)) {                                \
                        node += child;                                                                                 \
                        passed += child;                                                                               \
                        leaves -= child;                                                                               \
                    } else {                                                                                           \
                        node++;                                                                                        \
                        leaves = child;                                                                                \
                    }                                                                                                  \
                }                                                                                                      \
            else {                                                                                                     \
                do {                                                                                                   \
                    node += child;                                                                                     \
                    child = edsc_word(e->nodes, is_wide,                                                               \
                                      3 * node + 1 + GOES_RIGHT(edsc_word(e->nodes, is_wide, 3 * node)));              \
                } while (!(child & top));                                                                              \
                passed = child ^ top;                                                                                  \
            }                                                                                                          \
            *leaf++ = root[1] + passed;                                                                                \
        }                                                                                                              \
    }
#define ASK(TYPE, REAL, WIDE, TEST)                                                                                    \
    goes_right_##TYPE(&e->tests, (const REAL *)row, WIDE, edsc_kind_of(&e->tests, WIDE, TEST), TEST)
#ifdef EDSC_LITTLE_CODE
static unsigned goes_right(const ensemble *e, const void *row, uint32_t test) {
    return e->numbers == OF_DOUBLE  ? ASK(f64, double, e->is_wide, test)
           : e->numbers == OF_INT16 ? ASK(i16, int16_t, e->is_wide, test)
                                    : ASK(f32, float, e->is_wide, test);
}
#define ASK_ANY(test) goes_right(e, row, test)
WALK(walk, e->is_wide, ASK_ANY)
#else
#define ASK_F32(test) ASK(f32, float, is_wide, test)
#define ASK_F64(test) ASK(f64, double, is_wide, test)
#define ASK_I16(test) ASK(i16, int16_t, is_wide, test)
#define ANSWERED(test) ((const uint8_t *)row)[test]
WALK(walk_f32_u16, 0, ASK_F32)
WALK(walk_f32_u32, 1, ASK_F32)
WALK(walk_f64_u16, 0, ASK_F64)
WALK(walk_f64_u32, 1, ASK_F64)
WALK(walk_i16_u16, 0, ASK_I16)
WALK(walk_i16_u32, 1, ASK_I16)
WALK(walk_answers_u16, 0, ANSWERED)
WALK(walk_answers_u32, 1, ANSWERED)
static walker *const walkers[][2] = {
    {walk_f32_u16, walk_f32_u32}, {walk_f64_u16, walk_f64_u32}, {walk_i16_u16, walk_i16_u32}};

/* A lane is the node it stands at, below the place for its leaf. */
#define STEP(i, GOES_RIGHT)                                                                                            \
    size_t node = 3 * (size_t)(uint32_t)lane[i];                                                                       \
    uint32_t child = nodes[node + 1 + GOES_RIGHT(nodes[node])], ends = child >> (8 * sizeof *nodes - 1);               \
    leaf[lane[i] >> 32] = child
#define TAKE_NEXT(i, GOES_RIGHT)                                                                                       \
    {                                                                                                                  \
        STEP(i, GOES_RIGHT);                                                                                           \
        uint64_t onward = lane[i] + child, next = queue[taken];                                                        \
        lane[i] = ends ? next : onward;                                                                                \
        taken += ends;                                                                                                 \
    }
#define STAY(i, GOES_RIGHT)                                                                                            \
    {                                                                                                                  \
        STEP(i, GOES_RIGHT);                                                                                           \
        lane[i] += ends ? 0 : child;                                                                                   \
        all &= ends;                                                                                                   \
    }
#define ALL_LANES(DO, G)                                                                                               \
    DO(0, G) DO(1, G) DO(2, G) DO(3, G) DO(4, G) DO(5, G) DO(6, G) DO(7, G) DO(8, G) DO(9, G) DO(10, G) DO(11, G)

#define WALK_LANES(NAME, WORD, REAL, GOES_RIGHT)                                                                       \
    static void NAME(const ensemble *e, const void *row, uint32_t first, uint32_t count, uint32_t *leaf) {             \
        const REAL *x = row, *thresholds = e->tests.thresholds;                                                        \
        const WORD *nodes = e->nodes, *kinds = e->tests.kinds;                                                         \
        const uint32_t *roots = e->roots + 2 * (size_t)first, top = 1u << (8 * sizeof(WORD) - 1);                      \
        uint64_t queue[CHUNK + LANES], lane[LANES];                                                                    \
        uint32_t taken = LANES, all;                                                                                   \
        const size_t feature = (1u << (8 * sizeof(WORD) - EDSC_TREE_FLAG_BITS)) - 1;                                   \
        (void)thresholds;                                                                                              \
        (void)kinds;                                                                                                   \
        (void)feature;                                                                                                 \
        for (uint32_t i = 0; i < LANES; i++) {                                                                         \
            lane[i] = (uint64_t)i << 32 | roots[i < count ? 2 * i : 0];                                                \
            queue[count + i] = (uint64_t)(count + i) << 32 | roots[0];                                                 \
        }                                                                                                              \
        for (uint32_t i = LANES; i < count; i++)                                                                       \
            queue[i] = (uint64_t)i << 32 | roots[2 * i];                                                               \
        while (taken < count) {                                                                                        \
            ALL_LANES(TAKE_NEXT, GOES_RIGHT)                                                                           \
        }                                                                                                              \
        do {                                                                                                           \
            all = 1;                                                                                                   \
            ALL_LANES(STAY, GOES_RIGHT)                                                                                \
        } while (!all);                                                                                                \
        for (uint32_t i = 0; i < count; i++)                                                                           \
            leaf[i] = (leaf[i] ^ top) + roots[2 * i + 1];                                                              \
    }
/* A test that is nothing but a comparison: see compares_only(). Large float64 ensembles walk one tree at a time. */
#define ABOVE(test) (x[kinds[test] & feature] > thresholds[test])
#define LOOK_UP(test) x[test]
WALK_LANES(compare_f32_u16, uint16_t, float, ABOVE)
WALK_LANES(compare_f32_u32, uint32_t, float, ABOVE)
WALK_LANES(lanes_answers, uint16_t, uint8_t, LOOK_UP)
#endif
