"""Cases of gather_nd: every dtype, both kinds of indices, tuples of all lengths, batches."""

from __future__ import annotations

from tests.ops.cases._case import PARAM, SHAPE, Case, constant
from tests.ops.cases._tensors import DTYPES, each, given, tensors

X = [[0, 1], [1, 0]]


def cases(dtype: str) -> list[Case]:
    made = []
    for index in ("int32", "int64"):
        pairs = given(index, [[0, 0], [1, -1], [-2, 1], [0, 9]], low=-9, high=9)
        made += [
            Case(f"elements {index}", [given(dtype, X), pairs], shape=(4,), expected=[[0, 0, 1, 1]]),
            Case(
                f"rows {index}",
                [given(dtype, X), constant(index, [[1], [-2]])],
                shape=(2, 2),
                expected=[[[1, 0], [0, 1]]],
            ),
            Case(f"slices {index}", [tensors(dtype, 3, 2, 4), pairs], shape=(2, 2, 4)),
        ]
    return made


def bad(name: str, index: tuple[int, ...], batch_dims: int, shape: tuple[int, ...], status: int) -> Case:
    operands = [tensors("float32", 2, 3), tensors("int32", *index)]
    return Case(name, operands, {"batch_dims": batch_dims}, shape=shape, status=status)


BATCH = given("float32", [[[0, 1], [2, 3]], [[4, 5], [6, 7]]])
CASES = each(DTYPES, cases)
CASES += [
    Case("batch", [BATCH, constant("int64", [[1], [0]])], {"batch_dims": 1}, shape=(2, 2), expected=[[[2, 3], [4, 5]]]),
    Case("batch of lists", [tensors("int16", 2, 3, 4), tensors("int32", 2, 5, 2)], {"batch_dims": 1}, shape=(2, 5)),
    Case("two batches", [tensors("int16", 2, 3, 4), tensors("int32", 2, 3, 1)], {"batch_dims": 2}, shape=(2, 3)),
    Case("one tuple", [tensors("int16", 2, 3), constant("int32", [1, 2])], shape=(1,)),
    bad("tuples longer than x has axes", (4, 3), 0, (4,), SHAPE),
    bad("tuples longer than a batch has axes", (2, 2), 1, (2,), SHAPE),
    bad("batches differ", (3, 1), 1, (3,), SHAPE),
    bad("too many elements", (4, 2), 0, (5,), SHAPE),
    bad("too few elements", (4, 1), 0, (4,), SHAPE),
    bad("negative batch_dims", (4, 2), -1, (4,), PARAM),
    bad("no axis of the indices left", (2,), 1, (2,), PARAM),
    bad("no axis of x left", (2, 3, 1), 2, (2, 3), PARAM),
    bad("no tuples", (), 0, (3,), PARAM),
]
