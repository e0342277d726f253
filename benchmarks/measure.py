"""Interleaved timing: the contestants take turns in short blocks, so that a machine that changes speed changes it for
all.

Every call gets another row of many: a small set, cycled, is learnt by the branch predictor and flatters everyone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
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
    calls: dict[str, Call], rows: Sequence[Any] | Mapping[str, Sequence[Any]], *, rounds: int = 60, block: float = 0.01
) -> dict[str, Timing]:
    """Time each of ``calls`` with one row at a time, in ``rounds`` of blocks of about ``block`` seconds each.

    rows: the same for all, or for each call by its name, where every library wants another form.
    """
    given = rows if isinstance(rows, Mapping) else dict.fromkeys(calls, rows)
    sizes, at = {}, dict.fromkeys(calls, 0)
    samples: dict[str, list[float]] = {name: [] for name in calls}
    for name, call in calls.items():
        start = time.perf_counter()
        for count in range(1, 1 << 20):
            call(given[name][count % len(given[name])])
            if time.perf_counter() - start > block:
                break
        sizes[name] = count
    for _ in range(rounds):
        for name, call in calls.items():
            own = given[name]
            chosen = [own[(at[name] + index) % len(own)] for index in range(sizes[name])]
            at[name] += sizes[name]
            start = time.perf_counter_ns()
            for row in chosen:
                call(row)
            samples[name].append((time.perf_counter_ns() - start) / len(chosen) / 1000)
    return {name: Timing(float(np.median(values)), min(values)) for name, values in samples.items()}
