/* broadcast.c: see broadcast.h. Dimensions that both operands walk alike become one, so that most calls are a single
 * grid; others take as many as there are steps of the outer dimensions. */
#include "hot.h"

#include "broadcast.h"

/* Size of an operand along an axis of y; rows of a block count in the first. */
static size_t axis_size(const edsc_call *c, unsigned index, unsigned axis) {
    unsigned missing = edsc_rank(c, 2) - edsc_rank(c, index);
    if (axis < missing)
        return 1;
    size_t size = edsc_dim(c, index, axis - missing);
    return axis == 0 && !edsc_is_constant(c, index) ? size * c->rows : size;
}

int edsc_broadcast_check(const edsc_call *c) {
    unsigned rank = edsc_rank(c, 2), a = edsc_rank(c, 0), b = edsc_rank(c, 1);
    if (rank != (a > b ? a : b))
        return EDSC_ERR_SHAPE;
    for (unsigned axis = 0; axis < rank; axis++) {
        size_t first = axis_size(c, 0, axis), second = axis_size(c, 1, axis);
        if (axis_size(c, 2, axis) != (first == 1 ? second : first) || (first != second && first != 1 && second != 1))
            return EDSC_ERR_SHAPE;
    }
    return EDSC_OK;
}

/* A run of dimensions of y that both operands walk in even steps. */
typedef struct {
    size_t size, a, b;
} axes;

/* The runs, innermost first; returns how many (two at least). */
static unsigned runs(const edsc_call *c, axes *run) {
    unsigned count = 0;
    size_t a_step = 1, b_step = 1;
    for (unsigned axis = edsc_rank(c, 2); axis-- > 0;) {
        size_t size = axis_size(c, 2, axis), a_size = axis_size(c, 0, axis), b_size = axis_size(c, 1, axis);
        size_t a = a_size == 1 ? 0 : a_step, b = b_size == 1 ? 0 : b_step;
        a_step *= a_size;
        b_step *= b_size;
        if (size == 1)
            continue;
        axes *last = run + count - 1;
        if (count && a == last->a * last->size && b == last->b * last->size)
            last->size *= size;
        else
            run[count++] = (axes){size, a, b};
    }
    while (count < 2)
        run[count++] = (axes){1, 0, 0};
    return count;
}

/* What needs hardly a look at the shapes: a of y's shape, and b too, or a number, or a constant row of it. */
static int is_plain(const edsc_call *c, edsc_grid *grid) {
    const uint8_t *a = edsc_operand(c, 0), *y = edsc_operand(c, 2);
    if (edsc_tensor_dims(a) != edsc_tensor_dims(y) || edsc_tensor_rank(a) != edsc_tensor_rank(y) ||
        edsc_tensor_kind(a) == EDSC_KIND_CONSTANT)
        return 0;
    size_t count = edsc_elements(c, 0), b_count = edsc_elements(c, 1);
    grid->outer = grid->a_inner = grid->b_inner = 1;
    grid->inner = count;
    grid->a_outer = grid->b_outer = 0;
    if (b_count == count)
        return 1;
    if (b_count == 1) {
        grid->b_inner = 0;
        return 1;
    }
    if (edsc_dim(c, 1, edsc_rank(c, 1) - 1) != b_count)
        return 0;
    grid->inner = grid->a_outer = b_count;
    grid->outer = count / b_count;
    return 1;
}

void edsc_broadcast(const edsc_call *c, edsc_grid_loop *loop, int32_t mode) {
    const uint8_t *a = edsc_data(c, 0), *b = edsc_data(c, 1);
    uint8_t *y = edsc_data(c, 2);
    edsc_grid grid;
    grid.mode = mode;
    grid.call = c;
    if (is_plain(c, &grid)) {
        loop(a, b, y, &grid);
        return;
    }
    axes run[EDSC_MAX_RANK];
    size_t at[EDSC_MAX_RANK] = {0}, size = edsc_dtype_size[edsc_tensor_dtype(edsc_operand(c, 0))];
    size_t y_size = edsc_dtype_size[edsc_tensor_dtype(edsc_operand(c, 2))];
    unsigned n = runs(c, run), r;
    grid = (edsc_grid){run[1].size, run[0].size, run[1].a, run[1].b, run[0].a, run[0].b, mode, c};
    do {
        loop(a, b, y, &grid);
        y += grid.outer * grid.inner * y_size;
        for (r = 2; r < n; r++) { /* the next step of the innermost run that has one left */
            a += run[r].a * size;
            b += run[r].b * size;
            if (++at[r] < run[r].size)
                break;
            a -= run[r].a * run[r].size * size;
            b -= run[r].b * run[r].size * size;
            at[r] = 0;
        }
    } while (r < n);
}
