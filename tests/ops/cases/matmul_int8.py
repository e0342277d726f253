"""Cases of matmul_int8: by hand, batches that broadcast, one row and one column, zeros, limits, long sums."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases._case import INF, PARAM, SHAPE, Case, constant, rows

ENDS = {"int8": (-128, 127), "int16": (-32768, 32767)}


def cases(dtype: str) -> list[Case]:
    lo, hi = ENDS[dtype]
    whole = {"lo": lo, "hi": hi}
    a = rows(dtype, [[[1, 2], [3, 4]], [[lo, lo], [hi, hi]]], low=lo, high=hi)
    b = constant(dtype, [[1, 2, 0], [3, -4, 1]])

    def any_(*shape: int, seed: int = 0) -> Any:
        return rows(dtype, np.empty((0, *shape)), low=lo, high=hi, seed=seed)

    def case(name: str, first: Any, second: Any, shape: tuple[int, ...], expected: Any = None, **params: Any) -> Case:
        return Case(f"{name} {dtype}", [first, second], {**whole, **params}, shape=shape, expected=expected)

    small = 1 / (hi * hi)
    return [
        # 3.5, -3 and 1 go to even; 7.5, -5 and 2.
        case("by hand", a, b, (2, 3), [[[4, -3, 1], [8, -5, 2]]], multiplier=0.5),
        case("zeros", a, b, (2, 3), [[[3, -4, 1], [7, -12, -1]]], a_zero=1, b_zero=1, y_zero=1),
        case("limits", a, b, (2, 3), [[[5, -3, 2], [5, -3, 4]]], lo=-3, hi=5),
        case("constant first", b, any_(3, 65), (2, 65), multiplier=0.3),
        case("computed", any_(5, 37), any_(37, 70, seed=1), (5, 70), multiplier=small, a_zero=3, b_zero=-5, y_zero=7),
        case("row and column", any_(1, 300), any_(300, 1, seed=1), (1, 1), multiplier=small),
        case("batches", any_(2, 1, 3, 4), any_(3, 4, 2, seed=1), (2, 3, 3, 2), multiplier=small, y_zero=-9),
    ]


def bad(name: str, status: int, shape: tuple[int, ...] = (2, 2), **params: Any) -> Case:
    operands = [rows("int8", np.empty((0, 2, 3))), constant("int8", [[1, 2], [3, 4], [5, 6]])]
    return Case(name, operands, params, shape=shape, status=status)


def long(k: int, status: int) -> Case:
    """The longest sum that int32 holds, and one that is longer."""
    operands = [rows("int8", [[[-128] * k]], low=-128, high=128), np.full((k, 1), -128, "int8")]
    params = {"a_zero": 127, "b_zero": 127, "multiplier": 2.0**-24}
    return Case(f"{k} products", operands, params, shape=(1, 1), status=status, expected=None if status else [[[127]]])


CASES = cases("int8") + cases("int16") + [long(33025, 0), long(33026, SHAPE)]
CASES += [
    bad("other columns", SHAPE, (2, 3)),
    bad("other rank", SHAPE, (2,)),
    bad("multiplier not finite", PARAM, multiplier=INF),
    bad("zero beyond int8", PARAM, a_zero=128),
    bad("other zero beyond int8", PARAM, b_zero=-129),
    bad("limits crossed", PARAM, lo=1, hi=0),
]
