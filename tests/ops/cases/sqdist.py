"""Cases of sqdist."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import INF, NAN, Case, constant, floats, random, rows


def cases(dtype: str) -> list[Case]:
    x = rows(dtype, [[0, 0], [3, 4], [NAN, 0], [INF, 0]])
    points, weights = constant(dtype, [[0, 0], [3, 0]]), constant(dtype, [[1, 2], [0.5, 0.25]])
    plain = [[0, 9], [25, 16], [NAN, NAN], [INF, INF]]
    weighted = [[0, 4.5], [41, 4], [NAN, NAN], [INF, INF]]

    def wide(k: int) -> Case:
        operands = [rows(dtype, np.zeros((1, k)), low=-1, high=1), random(dtype, 5, k, seed=k) / 4]
        return Case(f"{k} columns", [*operands, np.abs(random(dtype, 5, k)) / k])

    return [
        Case("plain", [x, points, None], expected=plain),
        Case("weighted", [x, points, weights], expected=weighted),
        *(wide(k) for k in (1, 3, 4, 5, 8, 30)),
    ]


CASES = floats(cases)
