"""Cases of prelu_int8: both lines by hand, every int8 value, slopes that broadcast, ends of both dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases._case import PARAM, SHAPE, Case, constant, rows

HALF, QUARTER = (1 << 30, 0), (1 << 30, -1)
ENDS = {"int8": (-128, 127), "int16": (-32768, 32767)}


def lines(above: tuple[int, int], below: tuple[int, int], dtype: str, **values: int) -> dict[str, int]:
    lo, hi = ENDS[dtype]
    params = dict(zip(("multiplier", "shift", "slope_multiplier", "slope_shift"), (*above, *below)))
    return {**params, "lo": lo, "hi": hi, **values}


def cases(dtype: str) -> list[Case]:
    lo, hi = ENDS[dtype]
    x = rows(dtype, [[7, 5, 1, -1, -5, lo]], low=lo, high=hi + 1)
    deep = rows(dtype, np.empty((0, 3, 2, 6)), low=lo, high=hi + 1)
    slopes = constant(dtype, [3, 1, 1, 1, 3, 0])
    shifted = {"x_zero": 1, "slope_zero": 1, "y_zero": -2}
    made = [
        # 3.5, 2.5 and 0.5 away from zero; -0.25, then -15/4 to whole halves (-7.5 is -7) and to whole numbers.
        Case("by hand", [x, slopes], lines(HALF, QUARTER, dtype), expected=[[4, 3, 1, 0, -4, 0]]),
        Case(
            "zeros", [x, slopes], lines(HALF, HALF, dtype, **shifted), expected=[[1, 0, -2, -2, -8, -2 - (lo - 1) // 2]]
        ),
        Case("limits", [x, slopes], lines(HALF, HALF, dtype, lo=-1, hi=2), expected=[[2, 2, 1, 0, -1, 0]]),
        Case("far beyond", [x, slopes], lines((1 << 30, 30), (1 << 30, 30), dtype), expected=[[hi, hi, hi, lo, lo, 0]]),
        Case("a slope for all", [deep, constant(dtype, -2)], lines(HALF, QUARTER, dtype)),
        Case(
            "shared by the axes within",
            [deep, constant(dtype, [[[5]], [[-7]], [[lo]]])],
            lines(QUARTER, (3 << 29, -9), dtype),
        ),
        Case("computed", [deep, rows(dtype, np.empty((0, 2, 1)), seed=1)], lines(HALF, QUARTER, dtype), whole=True),
        Case(
            "more slopes than values", [rows(dtype, np.empty((0, 1))), slopes], lines(HALF, HALF, dtype), status=SHAPE
        ),
    ]
    return [Case(**{**vars(case), "name": f"{case.name} {dtype}"}) for case in made]


def bad(name: str, **params: Any) -> Case:
    operands = [rows("int8", [[1, 2]]), constant("int8", [1, 2])]
    return Case(name, operands, {"multiplier": 1, **params}, status=PARAM)


CASES = cases("int8") + cases("int16")
CASES += [
    bad("negative multiplier", multiplier=-1),
    bad("negative multiplier of the slope", slope_multiplier=-1),
    bad("shift of 31", shift=31),
    bad("shift of the slope of -32", slope_shift=-32),
    bad("zero beyond int8", x_zero=128),
    bad("slope's zero beyond int8", slope_zero=-129),
    bad("limits crossed", lo=1, hi=0),
]
