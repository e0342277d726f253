/* operands.h: what operators ask about their operands, included by internal.h alone. Files whose loops decide the speed
 * of a prediction (hot.h) have it inline; all others call operands.c, which has it once instead of a hundred times. */
#ifdef EDSC_HOT
#define EDSC_SHARED static inline
#else
#define EDSC_SHARED
#endif

EDSC_SHARED const uint8_t *edsc_params(const edsc_call *c);
EDSC_SHARED uint32_t edsc_dim(const edsc_call *c, unsigned index, unsigned axis);
EDSC_SHARED unsigned edsc_rank(const edsc_call *c, unsigned index);
EDSC_SHARED int edsc_is_constant(const edsc_call *c, unsigned index);
EDSC_SHARED size_t edsc_elements(const edsc_call *c, unsigned index); /* over all rows of this call */

#if defined(EDSC_HOT) || defined(EDSC_OPERANDS)
EDSC_SHARED const uint8_t *edsc_params(const edsc_call *c) {
    return c->node + EDSC_NODE_SIZE + (edsc_operands(c) * 2u + 3u) / 4u * 4u;
}

EDSC_SHARED uint32_t edsc_dim(const edsc_call *c, unsigned index, unsigned axis) {
    return edsc_tensor_dim(c->model, edsc_operand(c, index), axis);
}

EDSC_SHARED unsigned edsc_rank(const edsc_call *c, unsigned index) { return edsc_tensor_rank(edsc_operand(c, index)); }

EDSC_SHARED int edsc_is_constant(const edsc_call *c, unsigned index) {
    return edsc_tensor_kind(edsc_operand(c, index)) == EDSC_KIND_CONSTANT;
}

EDSC_SHARED size_t edsc_elements(const edsc_call *c, unsigned index) {
    size_t count = edsc_tensor_count(c->model, edsc_operand(c, index));
    return edsc_is_constant(c, index) ? count : count * c->rows;
}
#endif
#undef EDSC_SHARED
