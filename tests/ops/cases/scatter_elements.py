"""Cases of scatter_elements: every dtype, both kinds of indices, any axis, every reduction; NaN, wrapping around."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import FLOATS, NAN, PARAM, SHAPE, Case, constant
from tests.ops.cases._scatter import BOOLEAN, REDUCTIONS, WRAPS
from tests.ops.cases._tensors import DTYPES, each, given, numbers, tensors

TWICE = constant("int32", [1, 1])


def cases(dtype: str) -> list[Case]:
    made = []
    for index in ("int32", "int64"):
        operands = [given(dtype, [[0, 0], [0, 0]]), given(index, [[1, 0]], low=-9, high=9), given(dtype, [[1, 1]])]
        made += [
            Case(f"rows {index}", operands, shape=(2, 2), expected=[[[0, 1], [1, 0]]]),
            Case(f"columns {index}", operands, {"axis": -1}, shape=(2, 2), expected=[[[1, 1], [0, 0]]]),
        ]
    for name, (reduction, _, _) in REDUCTIONS.items():
        operands = [tensors(dtype, 3, 2, 4), tensors("int64", 2, 5, 4), tensors(dtype, 2, 5, 4, seed=1)]
        made.append(Case(f"{name} rank 3", operands, {"axis": 1, "reduction": reduction}, shape=(3, 2, 4)))
    return made


def bad(name: str, index: tuple[int, ...], status: int, updates: tuple[int, ...] | None = None, **params: int) -> Case:
    operands = [tensors("float32", 2, 3), tensors("int32", *index), tensors("float32", *(updates or index))]
    return Case(name, operands, params, shape=(2, 3), status=status)


CASES = each(DTYPES, cases)
for name, (reduction, number, nan) in REDUCTIONS.items():
    params, updates = {"reduction": reduction}, [3, 7]
    CASES += [
        Case(
            f"{name} twice {dtype}",
            [given(dtype, [1, 5]), TWICE, given(dtype, updates)],
            params,
            shape=(2,),
            expected=[[1, number]],
        )
        for dtype in DTYPES
        if dtype != "bool"
    ]
    CASES += [
        Case(
            f"{name} to NaN {dtype}",
            [given(dtype, [1, NAN]), TWICE, given(dtype, updates)],
            params,
            shape=(2,),
            expected=[[1, nan]],
        )
        for dtype in FLOATS
    ]
CASES += [
    Case(
        f"{name} bool",
        [given("bool", [0, 0, 1, 1]), numbers(0, 1, 2, 3), given("bool", [0, 1, 0, 1])],
        {"reduction": reduction},
        shape=(4,),
        expected=[y],
    )
    for name, (reduction, y) in BOOLEAN.items()
]
CASES += [
    Case(
        f"{dtype} wraps around",
        [given(dtype, np.array([high], dtype)), numbers(0), given(dtype, [1])],
        {"reduction": 1},
        shape=(1,),
        expected=np.array([[low]], dtype),
    )
    for dtype, (low, high) in WRAPS.items()
]
CASES += [
    bad("an axis too high", (2, 3), PARAM, axis=2),
    bad("an axis too low", (2, 3), PARAM, axis=-3),
    bad("indices beyond x", (2, 4), SHAPE),
    bad("indices of another rank", (6,), SHAPE),
    bad("updates not like the indices", (2, 3), SHAPE, (3, 2)),
    bad("unknown reduction", (2, 3), PARAM, reduction=5),
    bad("negative reduction", (2, 3), PARAM, reduction=-1),
    Case(
        "output not like x",
        [tensors("float32", 2, 3), tensors("int32", 2, 3), tensors("float32", 2, 3)],
        shape=(3, 2),
        status=SHAPE,
    ),
]
