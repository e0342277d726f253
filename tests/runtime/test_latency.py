"""The histogram: C and Python agree bucket for bucket, and a quantile is never more than 6.25 % too high."""

from __future__ import annotations

import random

import pytest

from edgescore import _latency

native = pytest.importorskip("edgescore._native_backend", reason="the C kernel is not built", exc_type=ImportError)


def test_edges_meet() -> None:
    for bucket in range(_latency.BUCKETS - 1):
        assert _latency.bucket_of(_latency.upper_edge(bucket)) == bucket
        assert _latency.bucket_of(_latency.upper_edge(bucket) + 1) == bucket + 1


def test_c_and_python_count_alike() -> None:
    generator = random.Random(0)
    values = [*range(70), *(int(2 ** generator.uniform(0, 40)) for _ in range(2000))]
    histogram, latency = _latency.Histogram(), native.ffi.new("edsc_latency *")
    for value in values:
        histogram.record(value, 1)
        native.lib.edsc_latency_record(latency, value, 1)

    assert list(latency.bucket) == histogram.buckets
    for per_mille in (0, 1, 500, 900, 990, 999, 1000):
        expected = _latency.quantile(histogram.buckets, histogram.max_ns, per_mille)
        assert native.lib.edsc_latency_quantile(latency, per_mille) == expected


@pytest.mark.parametrize("per_mille", [500, 990, 999])
def test_a_quantile_is_a_tight_upper_bound(per_mille: int) -> None:
    generator = random.Random(per_mille)
    values = sorted(int(generator.lognormvariate(8, 1)) for _ in range(5000))
    histogram = _latency.Histogram()
    for value in values:
        histogram.record(value, 1)
    exact = values[-(-len(values) * per_mille // 1000) - 1]

    assert exact <= _latency.quantile(histogram.buckets, histogram.max_ns, per_mille) <= exact * 1.0625 + 1
