"""Cases of mul_int8: halves, zero points, limits, the largest products."""

from __future__ import annotations

import numpy as np

from tests.ops.cases import add_int8
from tests.ops.cases._case import Case, constant, rows
from tests.ops.cases.add_int8 import case
from tests.ops.cases.conv_int8 import HIGH, whole


def cases(dtype: str) -> list[Case]:
    low, high = -HIGH[dtype] - 1, HIGH[dtype]
    ends = rows(dtype, [[low, high, low]], low=low, high=high)
    deep = rows(dtype, np.empty((0, 2, 3, 4)), low=low, high=high)
    settings = {**whole(dtype), "multiplier": 0.6 / high, "a_zero": 5, "y_zero": -9}
    return [
        case(dtype, "product", [5, -6, 10, 42]),
        case(dtype, "halves go to even", [2, -3, 5, 21], multiplier=0.5),  # 2.5, -3, 5, 21
        case(dtype, "zeros", [1 + 3 * 3, 1 - 5 * 4, 1, 1 + 5 * 8], a_zero=2, b_zero=-2, y_zero=1),
        case(dtype, "limits", [5, 0, 8, 8], lo=0, hi=8),
        case(
            dtype, "an offset before rounding", [3, -3, 5, 21], multiplier=0.5, offset=1.25, y_zero=-1
        ),  # 3.75, -1.75, ...
        Case(
            f"largest {dtype}",
            [ends, constant(dtype, [low, low, high])],
            {**whole(dtype), "a_zero": high, "multiplier": 1 / (high - low)},
            expected=[[high, 0, -high]],
        ),
        Case(
            f"part of rank 4 {dtype}",
            [deep, rows(dtype, np.empty((0, 1, 3, 1)), seed=1)],
            settings,
            shape=(1, 2, 3, 4),
        ),
        Case(f"number {dtype}", [deep, constant(dtype, 7)], settings, shape=(1, 2, 3, 4)),
        *add_int8.bad(dtype, ("a_zero", "b_zero", "y_zero", "lo", "hi"), ("multiplier", "offset")),
    ]


CASES = [case for dtype in HIGH for case in cases(dtype)]
