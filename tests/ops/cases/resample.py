"""Cases of resample: both dtypes, any axis, doubled and halved by hand; indices outside, shapes that differ."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import CONSTANT, FLOATS, PARAM, SHAPE, Array, Case, constant, random
from tests.ops.cases._tensors import each, given, tensors

FAR = 2**31 - 1


def taps(*index: tuple[int, ...]) -> Array:
    return constant("int32", index)


def cases(dtype: str) -> list[Case]:
    x = given(dtype, [[1, 10], [3, 30]])
    double = [taps((0, 0), (0, 1), (0, 1), (1, 1)), constant(dtype, [[1, 0], [0.75, 0.25], [0.25, 0.75], [1, 0]])]
    half = [taps((0, 1)), constant(dtype, [[0.5, 0.5]])]
    index = constant("int32", np.random.default_rng(0).integers(0, 4, (7, 3)))
    return [
        Case("doubled", [x, *double], shape=(4, 2), expected=[[[1, 10], [1.5, 15], [2.5, 25], [3, 30]]]),
        Case("halved", [x, *half], {"axis": -1}, shape=(2, 1), expected=[[[5.5], [16.5]]]),
        Case("middle", [tensors(dtype, 2, 4, 3), index, random(dtype, 7, 3)], {"axis": 1}, shape=(2, 7, 3)),
    ]


def bad(name: str, index: tuple[int, int], shape: tuple[int, ...], status: int, axis: int = 0) -> Case:
    operands = [tensors("float32", 2, 3), taps(index, (0, 0)), constant("float32", [[1, 2], [3, 4]])]
    return Case(name, operands, {"axis": axis}, shape=shape, status=status)


CASES = each(FLOATS, cases)
CASES += [
    bad("an index too high", (0, 2), (2, 3), CONSTANT),
    bad("an index far too high", (0, FAR), (2, 3), CONSTANT),
    bad("a negative index", (-1, 0), (2, 3), CONSTANT),
    bad("an axis too high", (0, 0), (2, 3), PARAM, 2),
    bad("an axis too low", (0, 0), (2, 3), PARAM, -3),
    bad("output of another size", (0, 0), (3, 3), SHAPE),
    bad("another size elsewhere", (0, 0), (2, 4), SHAPE),
    bad("output of another rank", (0, 0), (2, 3, 1), SHAPE),
]
