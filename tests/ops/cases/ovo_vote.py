"""Cases of ovo_vote: ties, zeros, NaN, infinities, both modes."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import NAN, PARAM, SHAPE, Case, floats, rows


def cases(dtype: str) -> list[Case]:
    three = rows(dtype, [[1, 1, 1], [-1, -1, -1], [1, -1, 1], [0, 0, 0], [NAN, NAN, NAN]])
    votes = [[2, 1, 0], [0, 1, 2], [1, 1, 1], [0, 1, 2], [0, 1, 2]]
    mixed = [2 + 2 / 9, 1, -2 / 9]

    def many(classes: int, mode: int) -> Case:
        pairs = np.empty((0, classes * (classes - 1) // 2))
        return Case(f"{classes} classes mode {mode}", [rows(dtype, pairs)], {"mode": mode}, shape=(1, classes))

    return [
        Case("votes", [three], shape=(1, 3), expected=votes),
        Case("with sums", [three], {"mode": 1}, shape=(1, 3), expected=[mixed, [-2 / 9, 1, 2 + 2 / 9], [1, 1, 1]]),
        Case("two classes", [rows(dtype, [[1], [-1], [0]])], shape=(1, 2), expected=[[1, 0], [0, 1], [0, 1]]),
        *(many(classes, mode) for classes in (2, 3, 4, 10) for mode in (0, 1)),
        Case("too few pairs", [three], shape=(1, 4), status=SHAPE),
        Case("too many pairs", [three], shape=(1, 2), status=SHAPE),
        Case("one class", [rows(dtype, [[1]])], shape=(1, 1), status=SHAPE),
        Case("unknown mode", [three], {"mode": 2}, shape=(1, 3), status=PARAM),
    ]


CASES = floats(cases)
