"""Cases of gather: every dtype, both kinds of indices, any axis; indices outside, counted from the end, constant."""

from __future__ import annotations

from tests.ops.cases._case import PARAM, SHAPE, Case, constant
from tests.ops.cases._tensors import DTYPES, each, given, numbers, tensors

X = [[0, 1], [1, 0], [1, 1]]
FAR = 2**31 - 1


def cases(dtype: str) -> list[Case]:
    made = []
    for index in ("int32", "int64"):
        at = given(index, [[2, 0], [-1, -3]], low=-9, high=9)
        rows, columns = [[[1, 1], [0, 1]], [[1, 1], [0, 1]]], [[1, 0], [0, 1], [1, 1]]
        made += [
            Case(f"rows {index}", [given(dtype, X), at], shape=(2, 2, 2), expected=[rows]),
            Case(
                f"columns {index}",
                [given(dtype, X), constant(index, [-1, 0])],
                {"axis": 1},
                shape=(3, 2),
                expected=[columns],
            ),
            Case(f"rank 3 {index}", [tensors(dtype, 2, 3, 4), at], {"axis": -2}, shape=(2, 2, 2, 4)),
        ]
    return made


def bad(name: str, axis: int, shape: tuple[int, ...], status: int) -> Case:
    return Case(name, [tensors("float32", 2, 3), numbers(0, 1)], {"axis": axis}, shape=shape, status=status)


CASES = each(DTYPES, cases)
CASES += [
    Case(
        "outside takes the nearest",
        [constant("float32", [1, 2, 3]), given("int32", [3, -4, FAR, -FAR - 1])],
        shape=(4,),
        expected=[[3, 1, 3, 1]],
    ),
    Case(
        "far outside takes the nearest",
        [constant("float32", [1, 2, 3]), given("int64", [2**63 - 1, -(2**63)])],
        shape=(2,),
        expected=[[3, 1]],
    ),
    Case("one index", [tensors("int8", 3, 2), constant("int64", 1)], shape=(2,)),
    Case("axis kept", [tensors("int8", 3, 2), constant("int64", 1)], shape=(1, 2)),
    bad("an axis too high", 2, (2, 2), PARAM),
    bad("an axis too low", -3, (2, 2), PARAM),
    bad("too many elements", 1, (2, 3), SHAPE),
    bad("too few elements", 0, (3,), SHAPE),
    Case("no axis", [tensors("float32"), numbers(0)], shape=(1,), status=PARAM),
]
