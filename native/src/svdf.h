/* svdf.h: what svdf and svdf_int8 share: their operands. */
#include "recurrent.h"

enum { X, WF, WT, B, STATE, Y, NEW_STATE };

static int check_shapes(const edsc_call *c) {
    if (edsc_rank(c, X) != 2 || edsc_rank(c, WT) != 2 || edsc_rank(c, Y) != 2)
        return EDSC_ERR_SHAPE;
    uint32_t n = edsc_dim(c, X, 0), filters = edsc_dim(c, WT, 0), memory = edsc_dim(c, WT, 1),
             units = edsc_dim(c, Y, 1);
    int fits = filters % units == 0 && edsc_has_shape(c, WF, filters, edsc_dim(c, X, 1), 0) &&
               edsc_has_shape(c, B, units, 0, 0) && edsc_has_shape(c, STATE, n, filters, memory) &&
               edsc_has_shape(c, Y, n, units, 0) && edsc_has_shape(c, NEW_STATE, n, filters, memory);
    return fits ? EDSC_OK : EDSC_ERR_SHAPE;
}
