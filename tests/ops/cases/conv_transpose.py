"""Cases of conv_transpose: steps, padding that cuts the output, dilation, groups, each number of axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases._case import NAN, PARAM, SHAPE, Case, constant, floats, random, rows
from tests.ops.cases.conv import place, shaped


def cases(dtype: str) -> list[Case]:
    line = rows(dtype, [[[[1], [2]]]])
    ends = constant(dtype, [[[1], [10], [100]]])
    twice: list[Any] = [
        ({}, (1, 4, 1), [1, 12, 120, 200]),
        ({"stride": [2]}, (1, 5, 1), [1, 10, 102, 20, 200]),
        ({"stride": [2], "pad": [1]}, (1, 3, 1), [10, 102, 20]),
        ({"stride": [2]}, (1, 7, 1), [1, 10, 102, 20, 200, 0, 0]),
        ({"stride": [3], "pad": [4]}, (1, 2, 1), [20, 200]),
        ({"dilation": [2]}, (1, 6, 1), [1, 2, 10, 20, 100, 200]),
        ({"pad": [5]}, (1, 2, 1), [0, 0]),
    ]
    made = [
        Case(
            f"line {params} {shape}", [line, ends, None], place(**params), shape=shape, expected=[np.reshape(y, shape)]
        )
        for params, shape, y in twice
    ]
    return [
        *made,
        Case(
            "two outputs, bias, limits",
            [line, constant(dtype, [[[1]], [[3]]]), constant(dtype, [0.5, 0])],
            {"hi": 5},
            shape=(1, 2, 2),
            expected=[[[[1.5, 3], [2.5, 5]]]],
        ),
        *(
            Case(**{**vars(case), "name": f"{case.name} transposed"})
            for case in [
                shaped(dtype, (2, 3, 2, 3, 4), (2, 2, 3), (2, 4, 4, 5, 3), 3, pad=(0, 0, 1), stride=(1, 2, 2)),
                shaped(dtype, (1, 4, 3, 3), (3, 3), (1, 8, 6, 5), 5, pad=(0, 0), stride=(2, 2)),
                shaped(dtype, (1, 4, 3, 40), (2, 2), (1, 8, 6, 5), 5, stride=(2, 2)),
                shaped(dtype, (1, 5, 6), (4,), (1, 12, 6), 6, groups=6, pad=(1,), stride=(2,), dilation=(2,)),
                shaped(dtype, (1, 5, 6), (4,), (1, 10, 9), 9, groups=3, pad=(1,), stride=(2,)),
            ]
        ),
    ]


def bad(name: str, status: int, shape: Any = (1, 6, 2), b: Any = None, **params: Any) -> Case:
    operands = [rows("float32", np.empty((0, 1, 4, 2))), random("float32", 2, 3, 2), b]
    return Case(name, operands, params, shape=shape, status=status)


CASES = [
    *floats(cases),
    *(
        bad(f"{name} {value}", PARAM, **{name: value})
        for name, value in (("stride_w", 0), ("dilation_h", 0), ("pad_w", -1), ("pad_d", 1), ("groups", 0))
    ),
    bad("lo NaN", PARAM, lo=NAN),
    bad("groups that do not divide", SHAPE, groups=2),
    bad("other outputs", SHAPE, shape=(1, 6, 3)),
    bad("another bias", SHAPE, b=random("float32", 3)),
    bad("far padding", SHAPE, pad_w=2**30),
    bad("far stride", SHAPE, stride_w=2**30),
]
