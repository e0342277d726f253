"""Cases of add_int8: halves, zero points, limits, every way to broadcast."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases._case import INF, NAN, PARAM, SHAPE, Case, constant, rows
from tests.ops.cases.conv_int8 import HIGH, whole

ONE = {"a_multiplier": 1 << 20, "b_multiplier": 1 << 20, "shift": 20}


def case(dtype: str, name: str, expected: Any = None, *, status: int = 0, **params: Any) -> Case:
    """Of (5, -3, 2, 7) and (1, 2, 5, 6)."""
    low, high = -HIGH[dtype] - 1, HIGH[dtype] + 1
    a, b = rows(dtype, [[5, -3, 2, 7]], low=low, high=high), rows(dtype, [[1, 2, 5, 6]], low=low, high=high, seed=1)
    expected = None if expected is None else [expected]
    return Case(f"{name} {dtype}", [a, b], {**whole(dtype), **params}, expected=expected, status=status)


def shaped(dtype: str, a: tuple[int, ...], b: Any, y: tuple[int, ...]) -> Case:
    first = rows(dtype, np.empty((0, *a[1:])), low=-128, high=128)
    second = rows(dtype, np.empty((0, *b[1:])), low=-128, high=128, seed=1) if isinstance(b, tuple) else b
    params = {"a_multiplier": 1468006, "b_multiplier": -838861, "shift": 21, "a_zero": -7, "b_zero": 3, "y_zero": 11}
    return Case(f"{dtype} {a} and {b}", [first, second], {**whole(dtype), **params}, shape=y)


def bad(dtype: str, names: tuple[str, ...], multipliers: tuple[str, ...]) -> list[Case]:
    """Bad models that the operators of two operands have in common."""
    ends = [(name, value) for name in names for value in (-HIGH[dtype] - 2, HIGH[dtype] + 1)]
    ends += [(name, value) for name in multipliers for value in (INF, -INF, NAN)]
    operands = case(dtype, "").operands
    return [
        *(case(dtype, f"{name} {value}", status=PARAM, **{name: value}) for name, value in ends),
        case(dtype, "crossed limits", status=PARAM, lo=1, hi=0),
        Case(f"another shape {dtype}", operands, whole(dtype), shape=(1, 1, 4), status=SHAPE),
        Case(f"fewer {dtype}", operands, whole(dtype), shape=(1, 1), status=SHAPE),
    ]


def sums(dtype: str, name: str, expected: Any, **params: Any) -> Case:
    return case(dtype, name, expected, **{**ONE, **params})


def cases(dtype: str) -> list[Case]:
    half, names = 1 << 19, ("a_zero", "b_zero", "y_zero", "lo", "hi")
    most = [("a_multiplier", 1 << 21 | 1), ("b_multiplier", -(1 << 21) - 1), ("shift", 0), ("shift", 31)]
    return [
        sums(dtype, "sum", [6, -1, 7, 13]),
        sums(dtype, "halves go up", [2, -1, 5, 8], a_multiplier=half, a_zero=3),  # 2, -1, 4.5, 8
        sums(dtype, "halves go up below zero", [-3, 2, 1, -1], a_multiplier=-half, b_multiplier=half, a_zero=-2),
        sums(dtype, "difference", [6, -3, -1, 3], b_multiplier=-(1 << 20), y_zero=2),
        sums(dtype, "zeros", [4, -3, 5, 11], a_zero=4, b_zero=-2),
        sums(dtype, "limits", [6, 0, 7, 8], lo=0, hi=8),
        case(dtype, "largest sums", a_multiplier=1 << 21, b_multiplier=1 << 21, shift=1, a_zero=-128, b_zero=-128),
        shaped(dtype, (1, 2, 3, 4), (1, 1, 3, 1), (1, 2, 3, 4)),
        shaped(dtype, (1, 3, 1), (1, 1, 4), (1, 3, 4)),
        shaped(dtype, (1, 3, 4), np.arange(4).astype(dtype), (1, 3, 4)),
        shaped(dtype, (1, 3, 4), constant(dtype, 5), (1, 3, 4)),
        shaped(dtype, (1, 40), (1, 40), (1, 40)),
        shaped(dtype, (1, 150), (1, 150), (1, 150)),
        *(case(dtype, f"{name} {value}", status=PARAM, **{name: value}) for name, value in most),
        *bad(dtype, names, ()),
    ]


CASES = [case for dtype in HIGH for case in cases(dtype)]
