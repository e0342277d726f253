"""Cases of lstm_int8: gates far from zero by hand, then weights at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases._case import CONSTANT, PARAM, SHAPE, Array, Case, Rows, constant, rows

HALF = 2**30  # half of 2^31; with a shift of 1, one
ONES = [constant("int32", np.full((2, 4), value)) for value in (HALF, 1)]
PARAMS = {"h_multiplier": HALF, "h_shift": -22, "cell_exponent": -12}  # h = 2^-23 of 30 bits: 128 is one
X = rows("int8", [[[[1]], [[1]]], [[[-1]], [[1]]]], low=-1, high=2)
W, R = constant("int8", [[0], [0], [0], [1]]), constant("int8", [[0], [0], [0], [0]])
OPEN = constant("int32", [30000, 30000, 30000, 0])  # sigmoid of 7.3 in Q0.15
ZERO = constant("int32", [0, 0, 0, 0])
START = [constant("int8", [[0]]), constant("int16", [[0]])]
FIRST = constant("int8", [[16]])


def shapes(t: int, n: int, h: int, kept: int | None = None) -> tuple[Any, ...]:
    return ((t if kept is None else kept, n, h), (n, h), (n, h), (4 * h,))


def bad(
    name: str, status: int, at: int = 0, operand: Any = None, shape: tuple[Any, ...] | None = None, **params: Any
) -> Case:
    operands: list[Any] = [X, W, R, OPEN, ZERO, *ONES, *START]
    if operand is not None:
        operands[at] = operand
    return Case(name, operands, PARAMS | params, shape=shape or shapes(2, 1, 1), status=status)


def random_case(name: str, t: int, n: int, i: int, h: int, kept: int | None = None, **params: int) -> Case:
    draw = np.random.default_rng(t * h)
    weights = [draw.integers(-127, 128, (4 * h, k)).astype("int8") for k in (i, h)]
    biases = [draw.integers(-9999, 9999, 4 * h).astype("int32") for _ in range(2)]
    scales = [
        draw.integers(HALF, 2**31, (2, 4)).astype("int32"),
        constant("int32", [[-1, -2, -1, -2], [-1, 0, 1, -2]]),
    ]
    state = [
        rows("int8", np.empty((0, n, h)), low=-128, high=128, seed=4),
        rows("int16", np.empty((0, n, h)), low=-32768, high=32768, seed=5),
    ]
    x = rows("int8", np.empty((0, t, n, i)), low=-128, high=128)
    return Case(name, [x, *weights, *biases, *scales, *state], PARAMS | params, shape=shapes(t, n, h, kept))


def by_hand(name: str, operands: list[Rows | Array | None], expected: Any, **params: int) -> Case:
    return Case(name, operands, PARAMS | params, shape=shapes(2, 1, 1), expected=np.reshape(expected, (-1, 2, 1, 1)))


CASES = [
    # With gates open, c adds up tanh(+-1) = 0.76: tanh(0.76) = 0.642, tanh(1.52) = 0.909, of 128.
    by_hand(
        "open gates",
        [X, W * 64, R, OPEN, ZERO, ONES[0], ONES[1] * 7, *START],
        [[82, 116], [-82, 0]],
    ),
    by_hand("zero of h", [X, W * 64, R, OPEN, ZERO, ONES[0], ONES[1] * 7, *START], [[112, 127], [-52, 30]], h_zero=30),
    # c is clipped at 0.25: tanh(0.25) = 0.245
    by_hand("clip", [X, W * 64, R, OPEN, ZERO, ONES[0], ONES[1] * 7, *START], [[31, 31], [-31, 31]], cell_clip=1024),
    # Of x the gates are 8, all that 16 bits hold, and of the first h -16: they close, and open as h becomes 0.
    by_hand(
        "held after the sum",
        [X, W * 64, constant("int8", [[-64], [-64], [-64], [0]]), OPEN, ZERO, ONES[0], ONES[1] * 7, FIRST, START[1]],
        [[0, 82], [0, 82]],
    ),
    random_case("one row", 5, 1, 7, 3),
    random_case("two rows", 4, 2, 3, 5, h_zero=-3),
    random_case("last step", 4, 2, 20, 17, kept=1),
    random_case("wide cell", 3, 1, 5, 6, cell_exponent=-10, cell_clip=30000),
    random_case("narrow cell", 3, 1, 5, 6, cell_exponent=-15),
    bad("x of two dimensions", SHAPE, 0, rows("int8", np.empty((0, 2, 1)))),
    bad("w of three gates", SHAPE, 1, W[:3]),
    bad("wide r", SHAPE, 2, np.zeros((4, 2), np.int8)),
    bad("long bias", SHAPE, 3, np.zeros(8, np.int32)),
    bad("long second bias", SHAPE, 4, np.zeros(8, np.int32)),
    bad("multipliers of one side", SHAPE, 5, ONES[0][:1]),
    bad("shifts of one side", SHAPE, 6, ONES[1][:1]),
    bad("initial h of two rows", SHAPE, 7, np.zeros((2, 1), np.int8)),
    bad("initial c of two rows", SHAPE, 8, np.zeros((2, 1), np.int16)),
    bad("y of three steps", SHAPE, shape=((3, 1, 1), (1, 1), (1, 1), (4,))),
    bad("short last h", SHAPE, shape=((2, 1, 1), (1,), (1, 1), (4,))),
    bad("short last c", SHAPE, shape=((2, 1, 1), (1, 1), (1,), (4,))),
    bad("short scratch", SHAPE, shape=((2, 1, 1), (1, 1), (1, 1), (3,))),
    bad("zero beyond int8", PARAM, h_zero=128),
    bad("negative multiplier of h", PARAM, h_multiplier=-1),
    bad("h shifted up", PARAM, h_shift=1),
    bad("h shifted too far", PARAM, h_shift=-32),
    bad("cell too fine", PARAM, cell_exponent=-16),
    bad("cell too coarse", PARAM, cell_exponent=-9),
    bad("negative clip", PARAM, cell_clip=-1),
    bad("clip beyond 16 bits", PARAM, cell_clip=32768),
    bad("negative multiplier", CONSTANT, 5, -ONES[0]),
    bad("shift too far", CONSTANT, 6, ONES[1] * -32),
    bad("sum that leaves 32 bits", CONSTANT, 3, constant("int32", [0, 0, 0, 2**31 - 1])),
    bad("sum that leaves 32 bits when shifted", CONSTANT, 3, constant("int32", [0, 2**30, 0, 0])),
]
