"""Cases of max_pool: every dtype, NaN, padding at both ends, dilation, each number of axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases._case import INF, NAN, PARAM, SHAPE, Case, Rows, rows
from tests.ops.cases.conv import place

DTYPES = ("float32", "float64", "int8", "uint8", "int16")


def shaped(dtype: str, x: tuple[int, ...], y: tuple[int, ...], **params: Any) -> Case:
    low, high = (0, 256) if dtype == "uint8" else (-128, 128)
    values = np.random.default_rng(0).integers(low, high, (100, *x)).astype(dtype)
    return Case(f"{dtype} {x} to {y} {params}", [Rows(values)], place(**params), shape=y)


def line(name: str, y: list[float], **params: Any) -> list[Case]:
    return [
        Case(
            f"{name} {dtype}",
            [rows(dtype, [[[[5], [3], [4], [9]]]], low=0, high=99)],
            place(**params),
            shape=(1, len(y), 1),
            expected=[[[[value] for value in y]]],
        )
        for dtype in DTYPES
    ]


def bad(name: str, status: int, shape: Any = (1, 2, 2), x: Any = (1, 4, 2), **params: int) -> Case:
    return Case(name, [rows("float32", np.empty((0, *x)))], {"kernel_w": 3, **params}, shape=shape, status=status)


BAD = [
    *(
        bad(f"{name} {value}", PARAM, **{name: value})
        for name, value in (
            ("kernel_w", 0),
            ("kernel_w", -(2**31)),
            ("kernel_h", 2),
            ("kernel_d", 0),
            ("stride_w", 0),
            ("dilation_w", 0),
            ("pad_w", -1),
            ("pad_h", 1),
        )
    ),
    bad("padding as large as the kernel", SHAPE, pad_w=3),
    bad("a window behind the end", SHAPE, shape=(1, 5, 2)),
    bad("steps over x", SHAPE, shape=(1, 1, 2), pad_w=1, dilation_w=5),
    bad("far kernel", SHAPE, kernel_w=2**31 - 1),
    bad("other channels", SHAPE, shape=(1, 2, 3)),
    bad("other samples", SHAPE, shape=(2, 2, 2)),
    bad("another rank", SHAPE, shape=(2, 2)),
    bad("rank 2", SHAPE, x=(4, 2), shape=(2, 2)),
]
CASES = [
    *line("two", [5, 4, 9], kernel=[2]),
    *line("stride", [5, 9], kernel=[2], stride=[2]),
    *line("padded", [5, 5, 4, 9, 9], kernel=[2], pad=[1]),
    *line("dilation", [5, 9], kernel=[2], dilation=[2]),
    *line("cut off", [5, 9], kernel=[3], stride=[3]),
    Case(
        "NaN and infinities",
        [rows("float32", [[[[NAN], [1], [-INF], [-INF], [INF]]]])],
        place(kernel=[2]),
        shape=(1, 4, 1),
        expected=[[[[NAN], [1], [-INF], [INF]]]],
    ),
    *(shaped(dtype, (1, 7, 6, 3), (1, 4, 3, 3), kernel=(3, 3), stride=(2, 2), pad=(1, 1)) for dtype in DTYPES),
    shaped("int8", (2, 3, 4, 5, 70), (2, 2, 2, 5, 70), kernel=(2, 2, 3), stride=(1, 2, 1), pad=(0, 0, 1)),
    shaped("float32", (1, 9, 33), (1, 5, 33), kernel=(3,), dilation=(2,)),
    *BAD,
]
