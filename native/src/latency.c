/* latency.c: a fixed-size log-linear histogram of nanoseconds: 16 linear steps in every power of two. The layout is
 * that of HdrHistogram (Tene); values beyond the last bucket (about 8.6 seconds) count in it. Knows no clock. */
#include "../include/edgescore.h"

#define STEPS 16u

/* 0..31 have a bucket each; above, the top five bits of a value choose it. */
static unsigned bucket_of(uint64_t ns) {
    unsigned shift = 0;
    while (ns >> shift >= 2 * STEPS)
        shift++;
    unsigned bucket = shift * STEPS + (unsigned)(ns >> shift);
    return bucket < EDSC_LATENCY_BUCKETS ? bucket : EDSC_LATENCY_BUCKETS - 1;
}

static uint64_t upper_edge(unsigned bucket) {
    if (bucket < 2 * STEPS)
        return bucket;
    unsigned shift = bucket / STEPS - 1;
    return (((uint64_t)bucket - shift * STEPS + 1) << shift) - 1;
}

void edsc_latency_record(edsc_latency *latency, uint64_t ns, uint32_t rows) {
    if (rows == 0)
        return;
    uint64_t each = ns / rows;
    latency->count += rows;
    latency->sum_ns += ns;
    if (each > latency->max_ns)
        latency->max_ns = each;
    latency->bucket[bucket_of(each)] += rows;
}

uint64_t edsc_latency_quantile(const edsc_latency *latency, unsigned per_mille) {
    uint64_t rank = (latency->count * per_mille + 999) / 1000, seen = 0;
    for (unsigned bucket = 0; bucket < EDSC_LATENCY_BUCKETS; bucket++) {
        seen += latency->bucket[bucket];
        if (seen >= rank && seen > 0) {
            uint64_t edge = upper_edge(bucket);
            return edge < latency->max_ns && bucket + 1 < EDSC_LATENCY_BUCKETS ? edge : latency->max_ns;
        }
    }
    return 0;
}
