"""Cases of bucketize: on, between and beyond the edges, and offsets that lie."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import CONSTANT, INF, NAN, SHAPE, Case, constant, floats, rows


def cases(dtype: str) -> list[Case]:
    x = rows(dtype, [[0, 1], [1, 0], [1.5, NAN], [2, INF], [NAN, -INF], [-5, 9]])
    edges = constant(dtype, [1, 2, 0, 1, 2])
    many = np.sort(np.random.default_rng(0).uniform(-3, 3, 40))
    bad = [(0, 2, 4), (0, 2, 6), (1, 2, 5), (-1, 2, 5), (0, 6, 5), (0, -2, 5)]
    by_hand = [[0, 2], [1, 1], [1, NAN], [2, 3], [NAN, 0], [0, 3]]
    return [
        Case("by hand", [x, constant("int32", [0, 2, 5]), edges], expected=by_hand),
        Case("a column without edges", [x, constant("int32", [0, 0, 5]), edges]),
        Case("many edges", [x, constant("int32", [0, 11, 40]), constant(dtype, many)]),
        Case("offsets too short", [x, constant("int32", [0, 5]), edges], status=SHAPE),
        *(Case(f"offsets {at}", [x, constant("int32", at), edges], status=CONSTANT) for at in bad),
    ]


CASES = floats(cases)
