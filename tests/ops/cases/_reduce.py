"""What the cases of the reductions share: every set of axes, outputs with and without them."""

from __future__ import annotations

import math

from tests.ops.cases._case import PARAM, SHAPE, Case
from tests.ops.cases._tensors import given, tensors

X = [[1, 2, 3], [4, 0, -2]]


def reductions(dtype: str, everything: float, along_0: list[float], along_1: list[float]) -> list[Case]:
    """Results for X by hand, then random tensors of three axes."""
    x = given(dtype, X, low=-5, high=5)
    made = [
        Case("all", [x], {"axes": 3}, shape=(), expected=[everything]),
        Case("first", [x], {"axes": 1}, shape=(3,), expected=[along_0]),
        Case("last", [x], {"axes": 2}, shape=(2, 1), expected=[[[y] for y in along_1]]),
        Case("number", [given(dtype, 3, high=5)], {"axes": 0}, shape=(), expected=[3]),
        Case("longer than a register", [tensors(dtype, 3, 41)], {"axes": 2}, shape=(3,), relative=True),
    ]
    for axes in range(8):
        kept = [size for axis, size in enumerate((2, 3, 4)) if not axes >> axis & 1]
        x = given(dtype, [[[1] * 4] * 3] * 2, low=1, high=4)
        made.append(Case(f"axes {axes}", [x], {"axes": axes}, shape=(math.prod(kept),), relative=True))
    return made


def refused() -> list[Case]:
    x = [tensors("float32", 2, 3)]
    return [
        Case("an axis too high", x, {"axes": 4}, shape=(2, 3), status=PARAM),
        Case("negative axes", x, {"axes": -1}, shape=(1,), status=PARAM),
        Case("too many elements", x, {"axes": 1}, shape=(4,), status=SHAPE),
        Case("too few elements", x, {"axes": 2}, shape=(1,), status=SHAPE),
    ]
