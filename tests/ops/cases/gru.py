"""Cases of gru: linear ones by hand, then every option with weights at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases._case import NAN, PARAM, SHAPE, Array, Case, Rows, constant, random, rows

LINEAR = {"activation_f": 0, "activation_g": 0}


def f32(values: Any) -> Array:
    return constant("float32", values)


def shapes(t: int, n: int, h: int, kept: int | None = None) -> tuple[Any, ...]:
    return ((t if kept is None else kept, n, h), (n, h), (4 * h,))


X = rows("float32", [[[[2]], [[1]]]])  # two steps of one row of one value
W, R = f32([[1], [1], [1]]), f32([[0], [0], [1]])


def linear(name: str, operands: list[Rows | Array | None], expected: Any, **params: Any) -> Case:
    return Case(name, operands, LINEAR | params, shape=shapes(2, 1, 1), expected=[np.reshape(expected, (2, 1, 1))])


def random_case(
    name: str, t: int, n: int, i: int, h: int, optional: str = "", kept: int | None = None, **params: Any
) -> Case:
    x = rows("float32", np.empty((0, t, n, i)))
    given = {
        "b": random("float32", 3 * h, seed=3),
        "r": random("float32", h, seed=6),
        "h": rows("float32", np.empty((0, n, h)), seed=4),
    }
    weights = [random("float32", 3 * h, i, seed=1) / 4, random("float32", 3 * h, h, seed=2) / 4]
    operands = [x, *weights, *(value if key in optional else None for key, value in given.items())]
    return Case(name, operands, params, shape=shapes(t, n, h, kept))


def bad(
    name: str, status: int, at: int = 0, operand: Any = None, shape: tuple[Any, ...] | None = None, **params: Any
) -> Case:
    operands: list[Any] = [X, W, R, None, None, None]
    if operand is not None:
        operands[at] = operand
    return Case(name, operands, params, shape=shape or shapes(2, 1, 1), status=status)


CASES = [
    # update 2, hidden 2 + 2 * 0: h = -1 * 2 + 2 * 0; then update 1, hidden 1 + 1 * -2: h = 0 * -1 + 1 * -2
    linear("without a state", [X, W, R, None, None, None], [-2, -2]),
    # hidden 2 + 2 * 3: h = -1 * 8 + 2 * 3; then update 1 keeps it
    linear("initial state", [X, W, R, None, None, f32([[3]])], [-2, -2]),
    # update 1 keeps 3; then hidden 2 + 2 * 3: h = -1 * 8 + 2 * 3
    linear("backwards", [X, W, R, None, None, f32([[3]])], [-2, 3], reverse=1),
    # update 3, hidden 2 + 2 * 3: h = -2 * 8 + 3 * 3 = -7; then update 2, hidden 1 - 7: h = 6 - 14
    linear("bias", [X, W, R, f32([1, 0, 0]), None, f32([[3]])], [-7, -8]),
    # hidden 2 + 2 * (3 + 5): h = -1 * 18 + 2 * 3; then update 1 keeps it
    linear("linear before reset", [X, W, R, None, f32([5]), f32([[3]])], [-12, -12], linear_before_reset=1),
    # gates 1.5, hidden 1.5: h = -0.5 * 1.5 + 1.5 * 3; then update 1 keeps it
    linear("clip", [X, W, R, None, None, f32([[3]])], [3.75, 3.75], clip=1.5),
    random_case("plain", 5, 1, 7, 3),
    random_case("all operands", 4, 2, 3, 5, "brh", linear_before_reset=1),
    random_case("no reset bias", 4, 2, 3, 5, "bh", linear_before_reset=1),
    random_case("last step", 4, 2, 3, 5, "bh", kept=1),
    random_case("backwards, last step", 4, 2, 9, 8, "bh", kept=1, reverse=1),
    random_case("one step", 1, 1, 17, 16, "brh", linear_before_reset=1),
    random_case("hard sigmoid, relu", 2, 1, 4, 4, "b", activation_f=5, alpha_f=0.2, beta_f=0.5, activation_g=3, clip=2),
    random_case("leaky relu", 3, 1, 4, 4, "b", activation_g=6, alpha_g=0.1),
    bad("x of two dimensions", SHAPE, 0, rows("float32", np.empty((0, 2, 1)))),
    bad("w of two gates", SHAPE, 1, W[:2]),
    bad("r of another width", SHAPE, 2, random("float32", 3, 2)),
    bad("r of one dimension", SHAPE, 2, random("float32", 3)),
    bad("long bias", SHAPE, 3, random("float32", 6)),
    bad("reset bias that nothing adds", SHAPE, 4, random("float32", 1)),
    bad("long reset bias", SHAPE, 4, random("float32", 2), linear_before_reset=1),
    bad("initial h of two rows", SHAPE, 5, random("float32", 2, 1)),
    bad("y of three steps", SHAPE, shape=((3, 1, 1), (1, 1), (4,))),
    bad("short last h", SHAPE, shape=((2, 1, 1), (1,), (4,))),
    bad("short scratch", SHAPE, shape=((2, 1, 1), (1, 1), (3,))),
    bad("unknown f", PARAM, activation_f=10),
    bad("unknown g", PARAM, activation_g=-1),
    bad("clip that is NaN", PARAM, clip=NAN),
]
