/* session.h: what Python calls: one prediction with its checks and its clock in a single call. Not part of the C
 * library. */
#ifndef EDSC_SESSION_H
#define EDSC_SESSION_H

#include "../include/edgescore.h"

#define EDSC_REVIEW 1 /* scored, and the budget should be looked at: max exceeded, or 256 predictions more */

/* Memory of one thread's predictions on a shared model. */
typedef struct edsc_session {
    const edsc_model *model;
    void *arena;
    size_t arena_size;
    uint64_t max_ns; /* 0 = no limit */
    int check_nan;   /* some input has no route for NaN */
    void *out[2];    /* where edsc_session_row() puts its results; NULL for a label that is not wanted */
    edsc_latency latency;
    uint64_t bound_ns;       /* what edsc_session_until() lately took after the last tree */
    uint64_t asked, hurried; /* trees asked by predictions that may stop early, and such predictions */
    int label_only;          /* nobody looks at scores: edsc_predict() */
} edsc_session;

/* Score `rows` rows; 0, EDSC_REVIEW or a negative status. */
int edsc_session_run(edsc_session *session, const void *const *in, void *const *out, size_t rows);

/* One row, as edsc_run_until() has it, in at most `ns`: stops while there is time for the bounds. 0, EDSC_REVIEW or a
 * negative status. */
int edsc_session_until(edsc_session *session, edsc_anytime *until, const void *const *in, void *const *out,
                       uint64_t ns);

/* One row of a model with one input and at most two outputs, into the session's memory.
 * `in` is the memory of a Python bytes object, which costs less to pass than a buffer. */
int edsc_session_row(edsc_session *session, const char *in);

#endif
