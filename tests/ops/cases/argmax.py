"""Cases of argmax: ties, NaN, infinities."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import INF, NAN, Case, floats, rows


def cases(dtype: str) -> list[Case]:
    special = [[1, 3, 2], [3, 1, 3], [0, 0, 0], [1, NAN, 9], [NAN, NAN, 9], [9, 1, NAN], [-INF, INF, INF], [-0.0, 0, 0]]
    expected = [[1], [0], [0], [1], [0], [2], [1], [0]]
    return [
        Case("by hand", [rows(dtype, np.array(special))], expected=expected),
        Case("one column", [rows(dtype, [[5], [NAN]])], expected=[[0], [0]]),
        Case("many columns", [rows(dtype, np.empty((0, 101)))]),
        Case("many ties", [rows(dtype, np.random.default_rng(0).integers(0, 3, (90, 7)))]),
    ]


CASES = floats(cases)
CASES += [
    Case(
        name,
        [rows(dtype, [[1, 3, 2], [3, 1, 3], [-5, -6, 127], [4, 4, 4]], low=-9, high=9)],
        expected=[[1], [0], [2], [0]],
    )
    for name, dtype in (("bytes", "int8"), ("16 bits", "int16"))
]
