"""Interleaved timing: the contestants take turns in short blocks, so that a machine that changes speed changes it for
all.

Every call gets another row of many: a small set, cycled, is learnt by the branch predictor and flatters everyone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Call = Callable[[Any], Any]


@dataclass
class Timing:
    """Microseconds of one call: the median and the minimum over blocks."""

    median: float
    best: float


def interleaved(
    calls: dict[str, Call], rows: Sequence[Any], *, rounds: int = 60, block: float = 0.01
) -> dict[str, Timing]:
    """Time each of ``calls`` with one row at a time, in ``rounds`` of blocks of about ``block`` seconds each."""
    sizes, samples, at = {}, {name: [] for name in calls}, dict.fromkeys(calls, 0)
    for name, call in calls.items():
        start = time.perf_counter()
        for count in range(1, 1 << 20):
            call(rows[count % len(rows)])
            if time.perf_counter() - start > block:
                break
        sizes[name] = count
    for _ in range(rounds):
        for name, call in calls.items():
            chosen = [rows[(at[name] + index) % len(rows)] for index in range(sizes[name])]
            at[name] += sizes[name]
            start = time.perf_counter_ns()
            for row in chosen:
                call(row)
            samples[name].append((time.perf_counter_ns() - start) / len(chosen) / 1000)
    return {name: Timing(float(np.median(values)), min(values)) for name, values in samples.items()}
