"""Cases of log_softmax."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import INF, NAN, SHAPE, Case, floats, rows

THIRD, HALF = np.log(1 / 3), np.log(0.5)


def cases(dtype: str) -> list[Case]:
    special = [[0, 0, 0], [1000, 1000, 1000], [-1e30, 0, -1e30], [NAN, 0, 1], [0, NAN, 1], [INF, 0, 1], [-INF] * 3]
    expected = [[THIRD] * 3, [THIRD] * 3, [-1e30, 0, -1e30], [NAN] * 3, [NAN] * 3, [NAN] * 3, [NAN] * 3]
    return [
        Case("by hand", [rows(dtype, [*special, [-INF, 0, 0]])], expected=[*expected, [-INF, HALF, HALF]]),
        Case("one class", [rows(dtype, [[5], [NAN]])], expected=[[0], [NAN]]),
        Case("many classes", [rows(dtype, np.empty((0, 101)))]),
        Case(
            "rank 3", [rows(dtype, [[[0, 0], [0, np.log(3)]]])], expected=[[[HALF, HALF], [np.log(0.25), np.log(0.75)]]]
        ),
        Case("rank 1", [rows(dtype, [[1, 1], [0, 1000]])], whole=True, expected=[[HALF, HALF], [-1000, 0]]),
        Case("a number", [rows(dtype, [1, 2, 3])], whole=True, status=SHAPE),
    ]


CASES = floats(cases)
