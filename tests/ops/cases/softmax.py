"""Cases of softmax."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import INF, NAN, SHAPE, Case, floats, rows

THIRD = 1 / 3


def cases(dtype: str) -> list[Case]:
    special = [[0, 0, 0], [1000, 1000, 1000], [-1e30, 0, -1e30], [NAN, 0, 1], [0, NAN, 1], [INF, 0, 1], [-INF] * 3]
    expected = [[THIRD] * 3, [THIRD] * 3, [0, 1, 0], [NAN] * 3, [NAN] * 3, [NAN] * 3, [NAN] * 3]
    return [
        Case("by hand", [rows(dtype, [*special, [-INF, 0, 0]])], expected=[*expected, [0, 0.5, 0.5]]),
        Case("one class", [rows(dtype, [[5], [NAN]])], expected=[[1], [NAN]]),
        Case("many classes", [rows(dtype, np.empty((0, 101)))]),
        Case("rank 3", [rows(dtype, [[[0, 0], [0, np.log(3)]]])], expected=[[[0.5, 0.5], [0.25, 0.75]]]),
        Case("rank 1", [rows(dtype, [[1, 1], [0, 1000]])], whole=True, expected=[[0.5, 0.5], [0, 1]]),
        Case("a number", [rows(dtype, [1, 2, 3])], whole=True, status=SHAPE),
    ]


CASES = floats(cases)
