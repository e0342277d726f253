/* walk.c: see walk.h. Strides times sizes stay below 2^31: they span no more than a tensor. */
#include "hot.h"

#include "walk.h"

void edsc_walk_axis(edsc_walk *w, uint32_t size, ptrdiff_t a, ptrdiff_t b, ptrdiff_t c) {
    if (size == 1)
        return;
    ptrdiff_t n = (ptrdiff_t)size, *stride = w->stride[edsc_walk_inner(w)];
    if (w->rank && stride[0] == n * a && stride[1] == n * b && stride[2] == n * c) {
        w->size[w->rank - 1] *= size;
    } else {
        stride = w->stride[w->rank];
        w->size[w->rank++] = size;
    }
    stride[0] = a;
    stride[1] = b;
    stride[2] = c;
}

int edsc_walk_next(edsc_walk *w, unsigned axes) {
    while (axes--) {
        int more = ++w->at[axes] < w->size[axes];
        ptrdiff_t steps = more ? 1 : 1 - (ptrdiff_t)w->size[axes];
        for (unsigned k = 0; k < EDSC_WALK_OPERANDS; k++)
            w->offset[k] += steps * w->stride[axes][k];
        if (more)
            return 1;
        w->at[axes] = 0;
    }
    return 0;
}

/* Inlined for each size, which makes memcpy() one load and one store. */
static inline void copy_line(const uint8_t *x, ptrdiff_t stride, uint8_t *y, size_t n, size_t size) {
    for (; n; n--, x += stride, y += size)
        memcpy(y, x, size);
}

void edsc_walk_copy(edsc_walk *w, const uint8_t *x, uint8_t *y, size_t size) {
    unsigned inner = edsc_walk_inner(w);
    size_t n = w->size[inner], bytes = n * size;
    ptrdiff_t stride = w->stride[inner][0];
    do {
        const uint8_t *line = x + w->offset[0];
        if (n == 1 || stride == (ptrdiff_t)size)
            memcpy(y, line, bytes);
        else if (size == 1)
            copy_line(line, stride, y, n, 1);
        else if (size == 2)
            copy_line(line, stride, y, n, 2);
        else if (size == 4)
            copy_line(line, stride, y, n, 4);
        else
            copy_line(line, stride, y, n, 8);
        y += bytes;
    } while (edsc_walk_next(w, inner));
}

void edsc_strides(const edsc_call *c, unsigned index, unsigned rank, ptrdiff_t *stride) {
    ptrdiff_t step = (ptrdiff_t)edsc_size(c, index);
    unsigned missing = rank - edsc_rank(c, index);
    for (unsigned axis = rank; axis--;) {
        uint32_t size = axis < missing ? 1 : edsc_dim(c, index, axis - missing);
        stride[axis] = size == 1 ? 0 : step;
        step *= (ptrdiff_t)size;
    }
}

uint32_t edsc_span(const edsc_call *c, unsigned index, unsigned from, unsigned to) {
    uint32_t count = 1;
    for (; from < to; from++)
        count *= edsc_dim(c, index, from);
    return count;
}

int edsc_broadcasts(const edsc_call *c, unsigned index, unsigned to, unsigned but) {
    unsigned rank = edsc_rank(c, index), whole = edsc_rank(c, to);
    if (rank > whole)
        return 0;
    for (unsigned axis = 0; axis + but < rank; axis++)
        if (edsc_dim(c, index, axis) != 1 && edsc_dim(c, index, axis) != edsc_dim(c, to, whole - rank + axis))
            return 0;
    return 1;
}

int edsc_same_shape(const edsc_call *c, unsigned a, unsigned b, unsigned axis) {
    unsigned rank = edsc_rank(c, a);
    if (edsc_rank(c, b) != rank)
        return 0;
    for (unsigned i = 0; i < rank; i++)
        if (i != axis && edsc_dim(c, a, i) != edsc_dim(c, b, i))
            return 0;
    return 1;
}

int edsc_reduction_check(const edsc_call *c, int32_t axes) {
    unsigned rank = edsc_rank(c, 0);
    uint32_t kept = 1;
    if ((uint32_t)axes >> rank)
        return EDSC_ERR_PARAM;
    for (unsigned i = 0; i < rank; i++)
        kept *= axes >> i & 1 ? 1 : edsc_dim(c, 0, i);
    return kept == edsc_elements(c, 1) ? EDSC_OK : EDSC_ERR_SHAPE;
}

void edsc_reduction(const edsc_call *c, int32_t axes, edsc_walk *kept, edsc_walk *gone) {
    unsigned rank = edsc_rank(c, 0);
    ptrdiff_t stride[EDSC_MAX_RANK];
    *kept = *gone = EDSC_WALK;
    edsc_strides(c, 0, rank, stride);
    for (unsigned i = 0; i < rank; i++)
        edsc_walk_axis(axes >> i & 1 ? gone : kept, edsc_dim(c, 0, i), stride[i], 0, 0);
}

size_t edsc_index(const edsc_call *c, unsigned index, size_t at, uint32_t size) {
    const void *indices = edsc_data(c, index);
    int64_t i = edsc_size(c, index) == 8 ? ((const int64_t *)indices)[at] : ((const int32_t *)indices)[at];
    if (i < 0)
        i += size;
    return i < 0 ? 0 : i < size ? (size_t)i : size - 1;
}

size_t edsc_index_nd(const edsc_call *c, unsigned skip, size_t row) {
    unsigned length = edsc_dim(c, 1, edsc_rank(c, 1) - 1);
    size_t offset = 0;
    for (unsigned j = 0; j < length; j++) {
        uint32_t size = edsc_dim(c, 0, skip + j);
        offset = offset * size + edsc_index(c, 1, row * length + j, size);
    }
    return offset;
}
