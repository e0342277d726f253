"""Cases of weighted_quantile: ties between values and at the level, zero weights, NaN, infinities, both ends."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import CONSTANT, INF, NAN, PARAM, Case, floats, random, rows


def cases(dtype: str) -> list[Case]:
    special = [[3, 1, 2, 5], [1, 1, 2, 2], [0, -0.0, 4, 4], [NAN, 1, INF, -INF], [NAN, NAN, NAN, NAN], [9, 9, 9, 1]]
    x = rows(dtype, special)
    one = np.ones(4)
    wide = random("float64", 40)
    return [
        Case("median of equal weights", [x, one], expected=[[2], [1], [0], [1], [NAN], [9]]),
        Case("minimum", [x, one], {"level": 0.0}, expected=[[1], [1], [0], [-INF], [NAN], [1]]),
        Case("maximum", [x, one], {"level": 1.0}, expected=[[5], [2], [4], [NAN], [NAN], [9]]),
        Case("weighted", [x, np.asarray([0.5, 1.0, 0.25, 4.0])], expected=[[5], [2], [4], [-INF], [NAN], [1]]),
        Case("zero weights", [x, np.asarray([0.0, 0.0, 1.0, 0.0])], expected=[[2], [2], [4], [INF], [NAN], [9]]),
        Case("one column", [rows(dtype, [[7], [NAN]]), np.ones(1)], expected=[[7], [NAN]]),
        Case("many columns", [rows(dtype, np.empty((0, 40))), wide**2]),
        Case("many columns, high level", [rows(dtype, np.empty((0, 40))), wide**2], {"level": 0.93}),
        Case("level above 1", [x, one], {"level": 1.5}, status=PARAM),
        Case("level NaN", [x, one], {"level": NAN}, status=PARAM),
        Case("negative weight", [x, np.asarray([1.0, -1.0, 1.0, 1.0])], status=CONSTANT),
        Case("no weight", [x, np.zeros(4)], status=CONSTANT),
        Case("weight NaN", [x, np.asarray([1.0, NAN, 1.0, 1.0])], status=CONSTANT),
        Case("weights that overflow", [x, np.full(4, 1e308)], status=CONSTANT),
    ]


CASES = floats(cases)
