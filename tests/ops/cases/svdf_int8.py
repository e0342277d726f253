"""Cases of svdf_int8: small ones by hand, then filters at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases._case import CONSTANT, PARAM, SHAPE, Case, constant, rows

X = rows("int8", [[[1, 2]], [[-3, 1]], [[127, 127]]], low=-128, high=128)
WF, WT = constant("int8", [[1, 1], [1, -1]]), constant("int16", [[1, 10, 100], [2, 20, 200]])
STATE = constant("int16", [[[7, 8, 9], [4, 5, 6]]])
HALF = 2**30  # half of 2^31; with a shift of 1, one
SCALES = {"feature_multiplier": HALF, "feature_shift": 1, "multiplier": HALF, "shift": 0}
# Features 3 and -1: states 8 9 3 and 5 6 -1, sums 398 and -70; a ninth bit is lost, 328 / 4 = 82.
ONE_UNIT = [[[82]], [[-128]], [[127]]]


def shapes(n: int, units: int, filters: int, memory: int) -> tuple[Any, ...]:
    return ((n, units), (n, filters, memory))


def good(name: str, params: dict[str, int], expected: Any, bias: Any = None, units: int = 1, x: Any = X) -> Case:
    operands = [x, WF, WT, None if bias is None else constant("int32", bias), STATE]
    return Case(name, operands, SCALES | params, shape=shapes(1, units, 2, 3), expected=expected)


def bad(
    name: str, status: int, at: int = 0, operand: Any = None, shape: tuple[Any, ...] | None = None, **params: Any
) -> Case:
    operands: list[Any] = [X, WF, WT, None, STATE]
    if operand is not None:
        operands[at] = operand
    return Case(name, operands, SCALES | params, shape=shape or shapes(1, 1, 2, 3), status=status)


RANDOM = np.random.default_rng(0)
CASES = [
    good("two filters a unit", {"shift": -1}, ONE_UNIT),
    # 398 / 8 = 49.75 and -70 / 8 = -8.75
    good("a filter a unit", {"shift": -2}, [[[50, -9]]], units=2),
    good("bias, zeros, limits", {"shift": -2, "y_zero": -10, "lo": -15, "hi": 20}, [[[20, -15]]], [1, -100], units=2),
    # features (1 + 1) + (2 + 1) = 5 and -1: 8 + 90 + 500 - 70 = 528
    good("x_zero", {"x_zero": -1, "shift": -2}, [[[66]]]),
    # features 3 / 4 and -1 / 4: 98 + 100 + 130 = 328
    good("features scaled down", {"feature_shift": -1, "shift": -2}, [[[41]]]),
    # features 3 * 2^20 and -2^20 are held within 16 bits
    good("features beyond 16 bits", {"feature_shift": 21, "multiplier": 0}, [[[0]]]),
    good("sums that wrap", {"shift": -31}, None, [2**31 - 1]),
    Case(
        "many",
        [
            rows("int8", np.empty((0, 3, 9)), low=-128, high=128),
            RANDOM.integers(-127, 128, (12, 9)).astype("int8"),
            RANDOM.integers(-3000, 3000, (12, 10)).astype("int16"),
            RANDOM.integers(-(2**20), 2**20, 4).astype("int32"),
            rows("int16", np.empty((0, 3, 12, 10)), low=-32768, high=32768, seed=3),
        ],
        {
            "feature_multiplier": 1234567890,
            "feature_shift": 1,
            "multiplier": 1987654321,
            "shift": -21,
            "x_zero": 5,
            "y_zero": 7,
        },
        shape=shapes(3, 4, 12, 10),
    ),
    bad("x of three dimensions", SHAPE, 0, rows("int8", np.empty((0, 1, 1, 2)))),
    bad("short state", SHAPE, 4, STATE[:, :, :2]),
    bad("three units of two filters", SHAPE, shape=shapes(1, 3, 2, 3)),
    bad("x_zero beyond int8", PARAM, x_zero=128),
    bad("y_zero beyond int8", PARAM, y_zero=-129),
    bad("crossed limits", PARAM, lo=1, hi=0),
    bad("limit beyond int8", PARAM, hi=128),
    bad("negative multiplier", PARAM, multiplier=-1),
    bad("negative multiplier of features", PARAM, feature_multiplier=-1),
    bad("shift up", PARAM, shift=1),
    bad("shift too far", PARAM, shift=-32),
    bad("features shifted too far up", PARAM, feature_shift=31),
    bad("features shifted too far down", PARAM, feature_shift=-32),
    bad("features beyond int32", CONSTANT, feature_shift=24),
]
