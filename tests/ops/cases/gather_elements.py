"""Cases of gather_elements: every dtype, both kinds of indices, any axis, fewer indices than elements."""

from __future__ import annotations

from tests.ops.cases._case import PARAM, SHAPE, Case
from tests.ops.cases._tensors import DTYPES, each, given, tensors

X = [[0, 1, 1], [1, 0, 1]]


def cases(dtype: str) -> list[Case]:
    made = []
    for index in ("int32", "int64"):
        at = given(index, [[1, -1, 0]], low=-9, high=9)
        made += [
            Case(f"rows {index}", [given(dtype, X), at], shape=(1, 3), expected=[[[1, 0, 1]]]),
            Case(f"columns {index}", [given(dtype, X), at], {"axis": 1}, shape=(1, 3), expected=[[[1, 1, 0]]]),
            Case(f"rank 3 {index}", [tensors(dtype, 3, 4, 2), tensors(index, 2, 7, 2)], {"axis": -2}, shape=(2, 7, 2)),
        ]
    return made


def bad(name: str, index: tuple[int, ...], axis: int, shape: tuple[int, ...], status: int) -> Case:
    operands = [tensors("float32", 2, 3), tensors("int32", *index)]
    return Case(name, operands, {"axis": axis}, shape=shape, status=status)


CASES = each(DTYPES, cases)
CASES += [
    Case(
        "outside takes the nearest",
        [given("int8", [1, 2, 3]), given("int64", [-(2**63), -3, 5])],
        shape=(3,),
        expected=[[1, 1, 3]],
    ),
    Case("an axis of one element", [tensors("int8", 1, 3), tensors("int32", 4, 3)], shape=(4, 3)),
    bad("an axis too high", (2, 3), 2, (2, 3), PARAM),
    bad("an axis too low", (2, 3), -3, (2, 3), PARAM),
    bad("indices beyond x", (2, 4), 0, (2, 4), SHAPE),
    bad("indices of another rank", (6,), 0, (6,), SHAPE),
    bad("output not like the indices", (2, 3), 0, (3, 2), SHAPE),
]
