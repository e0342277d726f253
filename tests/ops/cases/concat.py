"""Cases of concat: one to five inputs, every dtype and axis, outputs that do not fit."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import PARAM, SHAPE, Case, Rows, rows
from tests.ops.cases._tensors import DTYPES


def part(dtype: str, *shape: int) -> Rows:
    return rows(dtype, np.empty((0, *shape)), low=0, high=2 if dtype == "bool" else 100, seed=sum(shape))


def cases(dtype: str) -> list[Case]:
    pair = [rows(dtype, [[1, 2], [3, 4]], low=0, high=2), rows(dtype, [[5], [6]], low=0, high=2)]
    return [
        Case(f"two {dtype}", pair, shape=(1, 3), expected=np.array([[1, 2, 5], [3, 4, 6]], dtype)),
        Case(f"one {dtype}", [part(dtype, 4)], shape=(1, 4)),
        Case(f"five {dtype}", [part(dtype, width) for width in (1, 2, 3, 1, 5)], shape=(1, 12)),
        Case(f"rank 3 {dtype}", [part(dtype, 2, 3), part(dtype, 2, 1)], shape=(1, 2, 4)),
        Case(f"middle {dtype}", [part(dtype, 2, 3), part(dtype, 1, 3)], {"axis": 1}, shape=(1, 3, 3)),
        Case(
            f"middle from the end {dtype}",
            [part(dtype, 2, 3, 2), part(dtype, 2, 1, 2)],
            {"axis": -2},
            shape=(1, 2, 4, 2),
        ),
    ]


CASES = [case for dtype in DTYPES for case in cases(dtype)]
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
CASES += [
    Case("vectors", [part("float32", 3), part("float32", 2)], {"axis": 0}, shape=(5,), whole=True),
    Case("first axis", [part("int8", 2, 3), part("int8", 1, 3)], {"axis": 0}, shape=(3, 3), whole=True),
    Case("number", [part("float32"), part("float32")], shape=(), whole=True, status=PARAM),
    Case("rows", [part("float32", 3)], {"axis": 0}, shape=(1, 3)),
    Case("an axis too high", [part("float32", 3)], {"axis": 2}, shape=(1, 3), status=PARAM),
    Case("an axis too low", [part("float32", 3)], {"axis": -3}, shape=(1, 3), status=PARAM),
    Case("not along this axis", [part("float32", 2, 3)] * 2, {"axis": 1}, shape=(1, 2, 6), status=SHAPE),
]
