"""Cases of scatter_nd: every dtype, both kinds of indices, every reduction; NaN, integers that wrap around."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import FLOATS, NAN, PARAM, SHAPE, Case, constant
from tests.ops.cases._scatter import BOOLEAN, REDUCTIONS, WRAPS
from tests.ops.cases._tensors import DTYPES, each, given, numbers, tensors

TWICE = constant("int32", [[1], [1]])


def cases(dtype: str) -> list[Case]:
    made = []
    for index in ("int32", "int64"):
        x, at = given(dtype, [0, 0, 0, 0]), given(index, [[1], [-1]], low=-9, high=9)
        made.append(Case(f"elements {index}", [x, at, given(dtype, [1, 1])], shape=(4,), expected=[[0, 1, 0, 1]]))
    for name, (reduction, _, _) in REDUCTIONS.items():
        operands = [tensors(dtype, 3, 2, 4), tensors("int64", 5, 2), tensors(dtype, 5, 4)]
        made.append(Case(f"{name} slices", operands, {"reduction": reduction}, shape=(3, 2, 4)))
    return made


def bad(name: str, index: tuple[int, ...], updates: tuple[int, ...], status: int, reduction: int = 0) -> Case:
    operands = [tensors("float32", 2, 3), tensors("int32", *index), tensors("float32", *updates)]
    return Case(name, operands, {"reduction": reduction}, shape=(2, 3), status=status)


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
        [given("bool", [0, 0, 1, 1]), constant("int32", [[0], [1], [2], [3]]), given("bool", [0, 1, 0, 1])],
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
    Case(
        "constant operands",
        [constant("int8", [1, 2, 3]), constant("int64", [[9], [-9]]), constant("int8", [4, 5])],
        shape=(3,),
        expected=[[5, 2, 4]] * 100,
    ),
    bad("tuples longer than x has axes", (4, 3), (4,), SHAPE),
    bad("no tuples", (), (3,), SHAPE),
    bad("too many updates", (4, 2), (5,), SHAPE),
    bad("too few updates", (4, 1), (4,), SHAPE),
    bad("unknown reduction", (4, 2), (4,), PARAM, 5),
    bad("negative reduction", (4, 2), (4,), PARAM, -1),
    Case(
        "output not like x", [tensors("float32", 2, 3), numbers(0), tensors("float32", 3)], shape=(3, 2), status=SHAPE
    ),
]
