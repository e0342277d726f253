"""Cases of one_hot: unknown values, NaN as a category, columns without values, and offsets that lie."""

from __future__ import annotations

from tests.ops.cases._case import CONSTANT, NAN, SHAPE, Case, constant, floats, rows


def cases(dtype: str) -> list[Case]:
    x = rows(dtype, [[1, 5], [2, NAN], [9, 7], [NAN, 5], [-0.0, 0]], low=0, high=4)
    values = constant(dtype, [1, 2, 5, NAN])

    def offsets(*at: int) -> Case:
        return Case(f"offsets {at}", [x, constant("int32", at), values])

    expected = [[1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    bad = [(offsets(0, 2), SHAPE), (offsets(0, 2, 4, 4), SHAPE)]
    bad += [(offsets(*at), CONSTANT) for at in [(0, 2, 3), (0, 2, 5), (1, 2, 4), (-1, 2, 4), (0, 5, 4), (0, -2, 4)]]
    return [
        Case("by hand", [x, constant("int32", [0, 2, 4]), values], expected=expected),
        Case("a column without values", [x, constant("int32", [0, 0, 4]), values]),
        Case("a value twice", [x, constant("int32", [0, 2, 4]), constant(dtype, [1, 1, 5, 0.0])]),
        *(Case(**{**vars(case), "status": status}) for case, status in bad),
    ]


CASES = floats(cases)
