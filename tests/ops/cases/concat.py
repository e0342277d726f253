"""Cases of concat: one to five inputs, every dtype, outputs that do not fit."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import SHAPE, Case, Rows, rows


def part(dtype: str, *shape: int) -> Rows:
    return rows(dtype, np.empty((0, *shape)), low=0, high=100, seed=sum(shape))


def cases(dtype: str) -> list[Case]:
    pair = [rows(dtype, [[1, 2], [3, 4]], low=0, high=9), rows(dtype, [[5], [6]], low=0, high=9)]
    return [
        Case(f"two {dtype}", pair, shape=(1, 3), expected=[[1, 2, 5], [3, 4, 6]]),
        Case(f"one {dtype}", [part(dtype, 4)], shape=(1, 4)),
        Case(f"five {dtype}", [part(dtype, width) for width in (1, 2, 3, 1, 5)], shape=(1, 12)),
        Case(f"rank 3 {dtype}", [part(dtype, 2, 3), part(dtype, 2, 1)], shape=(1, 2, 4)),
    ]


CASES = [case for dtype in ("float32", "float64", "int32", "int8", "uint8") for case in cases(dtype)]
CASES += [
    Case(name, [part("float32", *shape) for shape in shapes], shape=output, status=SHAPE)
    for name, shapes, output in [
        ("output too wide", [(2,), (1,)], (1, 4)),
        ("output too narrow", [(2,), (1,)], (1, 2)),
        ("an input wider than the output", [(9,), (1,)], (1, 3)),
        ("ranks differ", [(2,), (2, 1)], (1, 3)),
        ("another dimension differs", [(2, 3), (3, 3)], (1, 2, 6)),
        ("rank 1", [(), ()], (1,)),
    ]
]
