"""Cases of transpose: every dtype, ranks 1 to 6; what is no permutation, shapes that differ."""

from __future__ import annotations

from tests.ops.cases._case import CONSTANT, SHAPE, Case
from tests.ops.cases._tensors import DTYPES, each, given, numbers, tensors


def cases(dtype: str) -> list[Case]:
    x = given(dtype, [[0, 1, 1], [1, 0, 0]])
    return [
        Case("matrix", [x, numbers(1, 0)], shape=(3, 2), expected=[[[0, 1], [1, 0], [1, 0]]]),
        Case("channels last", [tensors(dtype, 2, 3, 4, 5), numbers(0, 2, 3, 1)], shape=(2, 4, 5, 3)),
        Case("reversed", [tensors(dtype, 2, 3, 4), numbers(2, 1, 0)], shape=(4, 3, 2)),
    ]


def bad(name: str, perm: tuple[int, ...], shape: tuple[int, ...], status: int) -> Case:
    return Case(name, [tensors("float32", 2, 3), numbers(*perm)], shape=shape, status=status)


CASES = each(DTYPES, cases)
CASES += [
    Case("vector", [tensors("float32", 4), numbers(0)], shape=(4,)),
    Case("nothing moves", [tensors("float32", 2, 1, 3), numbers(1, 0, 2)], shape=(1, 2, 3)),
    Case("one element", [tensors("float32", 1, 1), numbers(1, 0)], shape=(1, 1)),
    Case("rank 6", [tensors("int16", 2, 3, 1, 2, 2, 3), numbers(5, 0, 2, 4, 1, 3)], shape=(3, 2, 1, 2, 3, 2)),
    bad("an axis twice", (0, 0), (2, 2), CONSTANT),
    bad("an axis too high", (0, 2), (2, 3), CONSTANT),
    bad("an axis far too high", (0, 2**31 - 1), (2, 3), CONSTANT),
    bad("a negative axis", (0, -1), (2, 3), CONSTANT),
    bad("too few axes", (0,), (2, 3), SHAPE),
    bad("too many axes", (0, 1, 2), (2, 3, 1), SHAPE),
    bad("output of another rank", (0, 1), (6,), SHAPE),
    bad("output of another shape", (1, 0), (2, 3), SHAPE),
]
