"""Cases of slice: every dtype, steps of both signs, steps that are never taken; what lies outside."""

from __future__ import annotations

from tests.ops.cases._case import CONSTANT, SHAPE, Case
from tests.ops.cases._tensors import DTYPES, each, given, numbers, tensors

FAR = 2**31 - 1


def cases(dtype: str) -> list[Case]:
    x = given(dtype, [[0, 1, 1, 0], [1, 0, 0, 1], [1, 1, 0, 0]])
    return [
        Case("part", [x, numbers(1, 1), numbers(1, 1)], shape=(2, 2), expected=[[[0, 0], [1, 0]]]),
        Case("backwards", [x, numbers(2, 3), numbers(-2, -1)], shape=(2, 3), expected=[[[0, 0, 1], [0, 1, 1]]]),
        Case("every other", [tensors(dtype, 5, 6, 7), numbers(0, 1, 2), numbers(2, 3, 2)], shape=(3, 2, 3)),
    ]


def bad(name: str, start: int, step: int, shape: tuple[int, ...], status: int = CONSTANT) -> Case:
    return Case(name, [tensors("float32", 2, 3), numbers(0, start), numbers(1, step)], shape=shape, status=status)


CASES = each(DTYPES, cases)
CASES += [
    Case("all of it", [tensors("int8", 3, 4), numbers(0, 0), numbers(1, 1)], shape=(3, 4)),
    Case("one column", [tensors("int8", 3, 4), numbers(0, 2), numbers(1, 1)], shape=(3, 1)),
    Case("unused steps", [tensors("int32", 3, 4), numbers(2, 1), numbers(FAR, -FAR - 1)], shape=(1, 1)),
    Case("no step", [tensors("int32", 3, 4), numbers(0, 1), numbers(1, 0)], shape=(3, 5)),
    Case("rank 6", [tensors("int8", *[2] * 6), numbers(*[1] * 6), numbers(*[-1] * 6)], shape=(2, 1, 2, 1, 1, 2)),
    bad("starts before", -1, 1, (2, 2)),
    bad("starts behind", 3, -1, (2, 2)),
    bad("starts far behind", FAR, -1, (2, 2)),
    bad("ends behind", 1, 1, (2, 3)),
    bad("ends before", 1, -1, (2, 3)),
    bad("steps that wrap around", 0, FAR, (2, 3)),
    bad("steps that wrap around backwards", 2, -FAR - 1, (2, 3)),
    bad("output of another rank", 0, 1, (2,), SHAPE),
    Case("too few starts", [tensors("float32", 2, 3), numbers(0), numbers(1)], shape=(2, 3), status=SHAPE),
]
