"""Cases of tile: every dtype, one and several axes; outputs that are no multiple."""

from __future__ import annotations

from tests.ops.cases._case import SHAPE, Case
from tests.ops.cases._tensors import DTYPES, each, given, tensors


def cases(dtype: str) -> list[Case]:
    return [
        Case("by hand", [given(dtype, [[0, 1]])], shape=(2, 4), expected=[[[0, 1, 0, 1], [0, 1, 0, 1]]]),
        Case("three axes", [tensors(dtype, 2, 3, 2)], shape=(4, 3, 6)),
    ]


CASES = each(DTYPES, cases)
CASES += [
    Case("number", [tensors("int16")], shape=()),
    Case("once", [tensors("int16", 2, 3)], shape=(2, 3)),
    Case("rank 6", [tensors("int8", *[2] * 6)], shape=(4,) * 6),
    Case("not a multiple", [tensors("int16", 2)], shape=(3,), status=SHAPE),
    Case("less than x", [tensors("int16", 2)], shape=(1,), status=SHAPE),
    Case("another rank", [tensors("int16", 2)], shape=(2, 2), status=SHAPE),
]
