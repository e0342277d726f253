/* session.c: see session.h. The clock is CLOCK_MONOTONIC. */
#define _POSIX_C_SOURCE 199309L
#include "session.h"

#include <time.h>

#define REVIEW_EVERY 256u

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Counts a prediction that began at `start`; whether the budget should be looked at. */
static int record(edsc_session *s, uint64_t start, size_t rows) {
    uint64_t ns = now_ns() - start, before = s->latency.count / REVIEW_EVERY;
    edsc_latency_record(&s->latency, ns, (uint32_t)rows);
    int late = s->max_ns && rows && ns / rows > s->max_ns;
    return late || s->latency.count / REVIEW_EVERY != before ? EDSC_REVIEW : EDSC_OK;
}

int edsc_session_run(edsc_session *s, const void *const *in, void *const *out, size_t rows) {
    uint64_t start = now_ns();
    if (s->check_nan) {
        int status = edsc_check_input(s->model, in, rows);
        if (status)
            return status;
    }
    int status;
    if (s->label_only) {
        uint64_t asked = s->asked;
        status = edsc_predict(s->model, s->arena, s->arena_size, in, out, rows, &s->asked);
        s->hurried += s->asked != asked ? rows : 0;
    } else {
        status = edsc_run(s->model, s->arena, s->arena_size, in, out, rows);
    }
    return status ? status : record(s, start, rows);
}

/* Late is when another lot of trees like the slowest so far, and then the bounds, would go beyond the deadline. */
typedef struct {
    uint64_t last, slowest, deadline;
    int started;
} watch;

static int is_late(void *context) {
    watch *w = context;
    uint64_t now = now_ns(), took = w->started ? now - w->last : 0;
    w->started = 1;
    w->last = now;
    w->slowest = took > w->slowest ? took : w->slowest;
    return now + w->slowest >= w->deadline;
}

int edsc_session_until(edsc_session *s, edsc_anytime *until, const void *const *in, void *const *out, uint64_t ns) {
    uint64_t start = now_ns(), kept = ns > s->bound_ns ? ns - s->bound_ns : 0;
    watch w = {.last = start, .deadline = start + kept};
    if (s->check_nan) {
        int status = edsc_check_input(s->model, in, 1);
        if (status)
            return status;
    }
    until->stop = is_late;
    until->context = &w;
    int status = edsc_run_until(s->model, s->arena, s->arena_size, in, out, until);
    if (status)
        return status;
    if (until->trees < until->of) {
        uint64_t took = now_ns() - w.last;
        if (took > s->bound_ns) /* an interruption soon fades */
            s->bound_ns += (took - s->bound_ns + 1) / 2;
        else
            s->bound_ns -= (s->bound_ns - took) / 8;
    }
    return record(s, start, 1);
}

int edsc_session_row(edsc_session *s, const char *in) {
    const void *ins[] = {in};
    return edsc_session_run(s, ins, s->out, 1);
}
