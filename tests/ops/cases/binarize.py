"""Cases of binarize."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, Case, constant, floats, rows


def cases(dtype: str) -> list[Case]:
    x = rows(dtype, [[1, 1, 1, 1], [0, 2, NAN, INF], [-1, 0, -INF, -INF]])
    threshold = constant(dtype, [0, 1, 2, -INF])
    return [Case("by hand", [x, threshold], expected=[[1, 0, 0, 1], [0, 1, NAN, 1], [0, 0, 0, 0]])]


CASES = floats(cases)
