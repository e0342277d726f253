/* op_table.c: the operators that this build has. Define EDSC_SELECT_OPS and EDSC_WITH_<NAME> for each wanted one to
 * build a firmware with fewer; a model that needs another is refused with EDSC_ERR_OPERATOR. */
#include "internal.h"

#define EDSC_ROW(name, code, sig, types, variants, outputs, params, record, inplace, rowwise)                          \
    extern const edsc_impl edsc_op_##name;
#include "gen/op_table.inc"
#undef EDSC_ROW

#define EDSC_ROW(name, code, sig, types, variants, outputs, params, record, inplace, rowwise)                          \
    char name##_sig[sizeof sig], name##_types[sizeof types];
/* One object and offsets into it, as each pointer would cost a shared library 8 bytes and 24 more to relocate it. */
typedef struct {
#include "gen/op_table.inc"
} texts;
#undef EDSC_ROW

#define EDSC_ROW(name, code, sig, types, variants, outputs, params, record, inplace, rowwise) sig, types,
static const texts text = {
#include "gen/op_table.inc"
};
#undef EDSC_ROW

#define EDSC_ROW(name, code, sig, types, variants, outputs, params, record, inplace, rowwise)                          \
    {&edsc_op_##name,                                                                                                  \
     offsetof(texts, name##_sig),                                                                                      \
     offsetof(texts, name##_types),                                                                                    \
     variants,                                                                                                         \
     outputs,                                                                                                          \
     params,                                                                                                           \
     record,                                                                                                           \
     inplace,                                                                                                          \
     rowwise},
static const edsc_op table[] = {
#include "gen/op_table.inc"
};
#undef EDSC_ROW

#define EDSC_ROW(name, ...) EDSC_INDEX_##name,
enum {
#include "gen/op_table.inc"
};
#undef EDSC_ROW

/* Row number + 1 of every operator code. */
#define EDSC_ROW(name, code, ...) [code] = 1 + EDSC_INDEX_##name,
static const uint8_t row_of[EDSC_MAX_OP + 1] = {
#include "gen/op_table.inc"
};

const edsc_op *edsc_find_op(unsigned code) {
    return code <= EDSC_MAX_OP && row_of[code] ? &table[row_of[code] - 1] : NULL;
}

const char *edsc_op_sig(const edsc_op *op) { return (const char *)&text + op->sig; }

const char *edsc_op_types(const edsc_op *op) { return (const char *)&text + op->types; }
