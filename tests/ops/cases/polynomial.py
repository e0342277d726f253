"""Cases of polynomial."""

from __future__ import annotations

from tests.ops.cases._case import CONSTANT, NAN, Case, constant, floats, rows


def cases(dtype: str) -> list[Case]:
    x = rows(dtype, [[2, 3], [NAN, 3], [0, -1]])
    table = [[-1, -1], [0, -1], [1, -1], [0, 0], [0, 1], [1, 1]]
    by_hand = [[1, 2, 3, 4, 6, 9], [1, NAN, 3, NAN, NAN, 9], [1, 0, -1, 0, 0, 1]]
    bad = [[[2, 0]], [[0, -2]], [[-(2**31), 0]], [[0, 2**31 - 1]]]
    return [
        Case("degree 2", [x, constant("int32", table)], expected=by_hand),
        Case("degree 5", [x, constant("int32", [[0, 1, 0, 1, 0]])], expected=[[72], [NAN], [0]]),
        *(Case(f"index {index}", [x, constant("int32", index)], status=CONSTANT) for index in bad),
    ]


CASES = floats(cases)
