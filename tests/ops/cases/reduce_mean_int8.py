"""Cases of reduce_mean_int8: axes in front, between and behind, kept or not, limits, too many values."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases._case import INF, NAN, PARAM, SHAPE, Case, Rows, rows
from tests.ops.cases.conv_int8 import HIGH, whole


def case(
    dtype: str, name: str, axes: int, y: tuple[int, ...], expected: Any = None, *, status: int = 0, **params: Any
) -> Case:
    """Of ((1, 2, 3), (4, 5, 7))."""
    x = rows(dtype, [[[1, 2, 3], [4, 5, 7]]], low=-HIGH[dtype] - 1, high=HIGH[dtype] + 1)
    expected = None if expected is None else [expected]
    settings = {"axes": axes, **whole(dtype), **params}
    return Case(f"{name} {dtype}", [x], settings, shape=y, expected=expected, status=status)


def deep(dtype: str, axes: int, y: tuple[int, ...]) -> Case:
    x = rows(dtype, np.empty((0, 2, 3, 4, 5)), low=-HIGH[dtype] - 1, high=HIGH[dtype] + 1)
    settings = {"axes": axes, "multiplier": 0.1, "x_zero": 7, "y_zero": -2, **whole(dtype)}
    return Case(f"axes {axes:b} {dtype}", [x], settings, shape=y)


def cases(dtype: str) -> list[Case]:
    return [
        case(dtype, "first, halves go to even", 1, (3,), [2, 4, 5], multiplier=0.5),  # 2.5, 3.5, 5
        case(dtype, "last, kept", 2, (2, 1), [[6], [16]]),
        case(dtype, "all, to a number", 3, (), 22),
        case(dtype, "none", 0, (2, 3), [[0, 1, 2], [3, 4, 6]], y_zero=-1),
        case(dtype, "zeros", 1, (1, 3), [[-4, -2, 1]], x_zero=5, y_zero=1),
        case(dtype, "limits", 1, (3,), [6, 7, 9], lo=6, hi=9),
        case(dtype, "zeros apart", 1, (3,), [1, 1, 3], multiplier=0.5, x_zero=3, y_zero=1, apart=1),  # -.5, .5, 2
        case(dtype, "zeros together", 1, (3,), [0, 2, 3], multiplier=0.5, x_zero=3, y_zero=1),
        case(dtype, "neither", 1, (3,), status=PARAM, apart=2),
        *(
            deep(dtype, axes, y)
            for axes, y in ((0b0110, (2, 5)), (0b1001, (3, 4)), (0b0101, (1, 3, 1, 5)), (0b1111, (1,)), (8, (2, 3, 4)))
        ),
        case(dtype, "an axis that is not there", 4, (2, 3), status=PARAM),
        case(dtype, "negative axes", -1, (1,), status=PARAM),
        case(dtype, "another size", 1, (2,), status=SHAPE),
        case(dtype, "crossed limits", 1, (3,), status=PARAM, lo=1, hi=0),
        *(case(dtype, f"multiplier {value}", 1, (3,), status=PARAM, multiplier=value) for value in (INF, -INF, NAN)),
        *(
            case(dtype, f"{name} {value}", 1, (3,), status=PARAM, **{name: value})
            for name in ("x_zero", "y_zero", "lo", "hi")
            for value in (-HIGH[dtype] - 2, HIGH[dtype] + 1)
        ),
    ]


CASES = [
    *(case for dtype in HIGH for case in cases(dtype)),
    Case(
        "sums beyond int32",
        [Rows(np.lib.stride_tricks.as_strided(np.zeros(1, "int8"), (100, 2**23 + 2**16), (0, 0)))],
        {"axes": 1},
        shape=(1,),
        status=PARAM,
    ),
]
