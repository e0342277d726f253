"""Cases of expand: every dtype, axes added and repeated, constants; shapes that do not broadcast."""

from __future__ import annotations

from tests.ops.cases._case import SHAPE, Case, constant
from tests.ops.cases._tensors import DTYPES, each, given, tensors


def cases(dtype: str) -> list[Case]:
    return [
        Case("row", [given(dtype, [0, 1])], shape=(2, 2), expected=[[[0, 1], [0, 1]]]),
        Case("column", [given(dtype, [[0], [1]])], shape=(2, 2), expected=[[[0, 0], [1, 1]]]),
        Case("every other axis", [tensors(dtype, 1, 3, 1, 2)], shape=(2, 3, 4, 2)),
    ]


CASES = each(DTYPES, cases)
CASES += [
    Case("number", [tensors("int16")], shape=(2, 3)),
    Case("number to number", [tensors("int16")], shape=()),
    Case("nothing to repeat", [tensors("int16", 2, 3)], shape=(2, 3)),
    Case("rank 6", [tensors("int16", 2, 1, 2)], shape=(2, 1, 2, 2, 3, 2)),
    Case("constant", [constant("float32", [[1], [2]])], shape=(3, 2, 2), expected=[[[[1, 1], [2, 2]]] * 3] * 100),
    Case("another size", [tensors("int16", 2)], shape=(3,), status=SHAPE),
    Case("a size of 1 wanted", [tensors("int16", 2)], shape=(1,), status=SHAPE),
    Case("fewer axes", [tensors("int16", 1, 2)], shape=(2,), status=SHAPE),
]
