"""Cases of top_k: every dtype, both ends, ties, NaN, all of a line; indices by hand too. Outputs that do not fit."""

from __future__ import annotations

from tests.ops.cases._case import FLOATS, INF, NAN, PARAM, SHAPE, Case
from tests.ops.cases._tensors import NUMBERS, each, given, tensors


def two(*shape: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return shape, shape


def cases(dtype: str) -> list[Case]:
    x = given(dtype, [2, 9, -4, 9, 5], low=-5, high=5)
    many = given(dtype, *([[n % 3] * 4 + [n % 2] * 3] for n in range(50)), high=3)
    return [
        Case("largest", [x], shape=two(3), expected=[[9, 9, 5]]),
        Case("smallest", [x], {"largest": 0}, shape=two(3), expected=[[-4, 2, 5]]),
        Case("all", [x], {"sorted": 0}, shape=two(5), expected=[[9, 9, 5, 2, -4]]),
        Case("ties", [many], shape=two(1, 4)),
        Case("ties of the smallest", [many], {"largest": 0}, shape=two(1, 6)),
        Case("lines", [tensors(dtype, 2, 3, 40)], shape=two(2, 3, 7)),
        Case("one", [tensors(dtype, 4, 1)], {"largest": 0}, shape=two(4, 1)),
    ]


def nan(dtype: str) -> list[Case]:
    x = given(dtype, [1, NAN, INF, NAN, -INF])
    return [
        Case("NaN comes first", [x], shape=two(4), expected=[[NAN, NAN, INF, 1]]),
        Case("NaN comes last", [x], {"largest": 0}, shape=two(4), expected=[[-INF, 1, INF, NAN]]),
    ]


def bad(name: str, values: tuple[int, ...], indices: tuple[int, ...], status: int = SHAPE, **params: int) -> Case:
    return Case(name, [tensors("float32", 2, 3)], params, shape=(values, indices), status=status)


CASES = each((*NUMBERS, "int8", "int16"), cases) + each(FLOATS, nan)
CASES += [
    bad("more than there are", (2, 4), (2, 4)),
    bad("fewer indices", (2, 2), (2, 1)),
    bad("other lines", (3, 2), (3, 2)),
    bad("another rank", (2,), (2,)),
    bad("indices of another rank", (2, 2), (4,)),
    bad("largest is 2", (2, 2), (2, 2), PARAM, largest=2),
    bad("sorted is -1", (2, 2), (2, 2), PARAM, sorted=-1),
    Case("no axis", [tensors("float32")], shape=((), ()), status=SHAPE),
]
