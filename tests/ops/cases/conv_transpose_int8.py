"""Cases of conv_transpose_int8: zero points where nothing was spread, sums, int16 as well."""

from __future__ import annotations

from typing import Any

from tests.ops.cases._case import CONSTANT, PARAM, SHAPE, Case, constant, rows
from tests.ops.cases.conv import place
from tests.ops.cases.conv_int8 import BIAS, shaped, whole


def line(dtype: str, name: str, y: Any, *, bias: int = 0, status: int = 0, o: int = 1, **params: Any) -> Case:
    operands = [
        rows(dtype, [[[[1], [2]]]], low=-128, high=128),
        constant("int8", [[[1], [10], [100]]]),
        constant(BIAS[dtype], [bias]),
        constant("float32", [0.5]),
    ]
    shape = (1, len(y), o)
    expected = None if status else [[[[value] for value in y]]]
    settings = {**whole(dtype), **place(**params)}
    return Case(f"{name} {dtype}", operands, settings, shape=shape, expected=expected, status=status)


CASES = [
    case
    for dtype in BIAS
    for case in [
        line(dtype, "halves", [0, 6, 60, 100]),  # 1/2, 12/2, 120/2, 200/2
        line(dtype, "stride", [0, 5, 51, 10, 100, 0, 0], stride=[2]),
        line(dtype, "zeros", [5, 5, 5, 10, 55], x_zero=1, y_zero=5, stride=[2]),
        line(dtype, "weights' zero", [0, 4, 50, 9, 99], w_zero=1, stride=[2]),  # 0, 9/2, 101/2, 18/2, 198/2
        line(dtype, "limits", [0, 6, 60, 90], lo=-5, hi=90),
        line(dtype, "one limit beyond", [0] * 4, status=PARAM, hi=40000),
        line(dtype, "sum", [0] * 4, status=CONSTANT, bias=2**31 - 111 * 128 if dtype == "int8" else 2**53 - 1),
        line(dtype, "other outputs", [0] * 4, status=SHAPE, o=2),
        shaped((2, 3, 2, 3, 4), (2, 2, 3), (2, 4, 4, 5, 3), dtype=dtype, pad=(0, 0, 1), stride=(1, 2, 2)),
        shaped((1, 4, 3, 3), (3, 3), (1, 8, 6, 5), dtype=dtype, stride=(2, 2), w_zero=9),
        shaped((1, 4, 3, 40), (2, 2), (1, 8, 6, 5), dtype=dtype, stride=(2, 2)),
        shaped((1, 5, 6), (4,), (1, 12, 6), dtype=dtype, groups=6, pad=(1,), stride=(2,), dilation=(2,)),
    ]
]
