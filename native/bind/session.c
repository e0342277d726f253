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

int edsc_session_run(edsc_session *s, const void *const *in, void *const *out, size_t rows) {
    uint64_t start = now_ns();
    if (s->check_nan) {
        int status = edsc_check_input(s->model, in, rows);
        if (status)
            return status;
    }
    int status = edsc_run(s->model, s->arena, s->arena_size, in, out, rows);
    if (status)
        return status;
    uint64_t ns = now_ns() - start, before = s->latency.count / REVIEW_EVERY;
    edsc_latency_record(&s->latency, ns, (uint32_t)rows);
    int late = s->max_ns && rows && ns / rows > s->max_ns;
    return late || s->latency.count / REVIEW_EVERY != before ? EDSC_REVIEW : EDSC_OK;
}

int edsc_session_row(edsc_session *s, const char *in) {
    const void *ins[] = {in};
    return edsc_session_run(s, ins, s->out, 1);
}
