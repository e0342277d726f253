"""Cases of normalizer."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import NAN, PARAM, Case, floats, rows


def cases(dtype: str) -> list[Case]:
    x = rows(dtype, [[3, -4], [0, 0], [1e-8, 0], [NAN, 1], [1, NAN], [-2, -4]])
    nan = [[NAN, NAN]] * 2
    tiny = {"tiny": 1e-7}
    return [
        Case("largest", [x], {"norm": 0}, expected=[[0.75, -1], [0, 0], [1, 0], *nan, [-0.5, -1]]),
        Case("sum", [x], {"norm": 1}, expected=[[3 / 7, -4 / 7], [0, 0], [1, 0], *nan, [-1 / 3, -2 / 3]]),
        Case("Euclidean", [x], expected=[[0.6, -0.8], [0, 0], [1, 0], *nan]),
        Case("largest with its sign", [x], {"norm": 3}, expected=[[1, -4 / 3], [0, 0], [1, 0], *nan, [1, 2]]),
        Case("tiny rows", [x], {"norm": 2, **tiny}, expected=[[0.6, -0.8], [0, 0], [1e-8, 0], *nan]),
        Case("one column", [rows(dtype, [[5], [-5], [0]])], {"norm": 2}, expected=[[1], [-1], [0]]),
        Case("wide", [rows(dtype, np.empty((0, 70)))], {"norm": 2}),
        Case("unknown norm", [x], {"norm": 4}, status=PARAM),
        Case("negative norm", [x], {"norm": -1}, status=PARAM),
        Case("negative tiny", [x], {"tiny": -1e-9}, status=PARAM),
        Case("tiny that is NaN", [x], {"tiny": NAN}, status=PARAM),
    ]


CASES = floats(cases)
