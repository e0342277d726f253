"""Cases of prelu: the slope repeated as constants are, whole, and wider than x."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import INF, NAN, SHAPE, Case, constant, floats, rows


def cases(dtype: str) -> list[Case]:
    x = rows(dtype, [[2, -2, -0.0, INF, -INF, NAN]])
    deep = rows(dtype, np.empty((0, 3, 2, 6)))
    slopes = constant(dtype, [0.5, 0.25, 1, -1, 2, 3])
    return [
        Case("a slope a column", [x, slopes], expected=[[2, -0.5, 0, INF, -INF, NAN]]),
        Case("one slope", [x, constant(dtype, 0.1)], expected=[[2, -0.2, 0, INF, -INF, NAN]]),
        Case("computed", [x, rows(dtype, [[1, 2, 3, 4, 5, 6]], seed=1)], expected=[[2, -4, 0, INF, -INF, NAN]]),
        Case("shared by the axes within", [deep, constant(dtype, [[[[0.5]], [[2]], [[3]]]])]),
        Case("fewer dimensions", [deep, rows(dtype, np.empty((0, 2, 1)), seed=1)], whole=True),
        Case("more slopes than values", [rows(dtype, np.empty((0, 1))), slopes], status=SHAPE),
        Case("more dimensions than values", [x, slopes.reshape(1, 1, 6)], status=SHAPE),
    ]


CASES = floats(cases)
