"""Cases of avg_pool_int8: both ways to round, zero points, limits, sums at the end of int32."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases._case import INF, NAN, PARAM, Case, Rows, rows
from tests.ops.cases.conv import place
from tests.ops.cases.conv_int8 import HIGH, whole
from tests.ops.cases.max_pool import BAD


def line(dtype: str, name: str, y: Any = None, *, shape: Any = (1, 3, 1), status: int = 0, **params: Any) -> Case:
    """Sums of two neighbours: 3, -3, -1."""
    x = rows(dtype, [[[[2], [1], [-4], [3]]]], low=-128, high=128)
    expected = None if y is None else [[[[value] for value in y]]]
    settings = {"kernel_w": 2, **whole(dtype), **place(**params)}
    return Case(f"{name} {dtype}", [x], settings, shape=shape, expected=expected, status=status)


def shaped(dtype: str, x: tuple[int, ...], y: tuple[int, ...], **params: Any) -> Case:
    values = np.random.default_rng(0).integers(-HIGH[dtype] - 1, HIGH[dtype] + 1, (100, *x)).astype(dtype)
    return Case(f"{dtype} {x} to {y} {params}", [Rows(values)], {**whole(dtype), **place(**params)}, shape=y)


def cases(dtype: str) -> list[Case]:
    return [
        line(dtype, "halves to even", [2, -2, 0]),
        line(dtype, "halves away", [2, -2, -1], half_away=1),
        line(dtype, "zeros", [2, 0, 0], x_zero=1, y_zero=2),  # 1/2, -5/2, -3/2
        line(dtype, "zeros, halves away", [3, -1, 0], x_zero=1, y_zero=2, half_away=1),
        line(dtype, "multiplier", [4, -4, -2], multiplier=3.0),  # 4.5, -4.5, -1.5
        line(dtype, "limits", [1, -1, 0], lo=-1, hi=1),
        line(dtype, "limits, halves away", [1, -1, -1], lo=-1, hi=1, half_away=1),
        line(dtype, "padding does not count", [2, 2, -2, 0, 3], shape=(1, 5, 1), pad=[1]),
        line(dtype, "padding counts", [1, 2, -2, 0, 2], shape=(1, 5, 1), pad=[1], pad_end=[1], count_include_pad=1),
        shaped(dtype, (1, 7, 6, 3), (1, 4, 3, 3), kernel=(3, 3), stride=(2, 2), pad=(1, 1), x_zero=9, multiplier=1.3),
        shaped(dtype, (1, 6, 6, 40), (1, 3, 3, 40), kernel=(2, 2), stride=(2, 2), half_away=1, x_zero=-128),
        shaped(dtype, (1, 90, 90, 1), (1, 1, 1, 1), kernel=(90, 90), x_zero=-HIGH[dtype] - 1),
        line(dtype, "crossed limits", status=PARAM, lo=1, hi=0),
        line(dtype, "two ways", status=PARAM, half_away=2),
        line(dtype, "a multiplier and halves away", status=PARAM, half_away=1, multiplier=2.0),
        *(line(dtype, f"multiplier {value}", status=PARAM, multiplier=value) for value in (INF, -INF, NAN)),
        *(
            line(dtype, f"{name} {value}", status=PARAM, **{name: value})
            for name in ("x_zero", "y_zero", "lo", "hi")
            for value in (-HIGH[dtype] - 2, HIGH[dtype] + 1)
        ),
    ]


CASES = [
    *(case for dtype in HIGH for case in cases(dtype)),
    *(Case(**{**vars(case), "operands": [rows("int8", case.operands[0].values[:0])]}) for case in BAD),
    Case(
        "a sum beyond int32",
        [rows("int16", np.empty((0, 1, 32769, 1)))],
        {"kernel_w": 32769, **whole("int16")},
        shape=(1, 1, 1),
        status=PARAM,
    ),
]
