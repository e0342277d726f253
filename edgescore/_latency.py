"""Latency histogram and quantiles, laid out as ``edsc_latency`` (latency.c): for reports and the reference backend."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

STEPS = 16  # linear steps in every power of two
BUCKETS = 480
REVIEW_EVERY = 256


def bucket_of(ns: int) -> int:
    """The bucket that counts ``ns``."""
    shift = max(0, ns.bit_length() - 5)
    return min(shift * STEPS + (ns >> shift), BUCKETS - 1)


def upper_edge(bucket: int) -> int:
    """The largest ns that ``bucket`` counts."""
    if bucket < 2 * STEPS:
        return bucket
    shift = bucket // STEPS - 1
    return ((bucket - shift * STEPS + 1) << shift) - 1


def quantile(buckets: Sequence[int], max_ns: int, per_mille: int) -> int:
    """The upper edge, in ns, of the bucket with the ``per_mille`` quantile (500 = median); 0 while empty."""
    rank, seen = -(-sum(buckets) * per_mille // 1000), 0
    for bucket, count in enumerate(buckets):
        seen += count
        if seen and seen >= rank:
            return min(upper_edge(bucket), max_ns) if bucket + 1 < BUCKETS else max_ns
    return 0


class Histogram:
    """Counts of predictions by latency."""

    def __init__(self) -> None:
        self.count = self.sum_ns = self.max_ns = 0
        self.buckets = [0] * BUCKETS

    def record(self, ns: int, rows: int) -> bool:
        """Count ``rows`` predictions that together took ``ns``; true when the budget is due for a look."""
        if not rows:
            return False
        before = self.count // REVIEW_EVERY
        self.count += rows
        self.sum_ns += ns
        self.max_ns = max(self.max_ns, ns // rows)
        self.buckets[bucket_of(ns // rows)] += rows
        return self.count // REVIEW_EVERY != before
