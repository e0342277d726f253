"""Cases of rnn: linear ones by hand, then every option with weights at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases._case import NAN, PARAM, SHAPE, Array, Case, Rows, constant, random, rows


def f32(values: Any) -> Array:
    return constant("float32", values)


def shapes(t: int, n: int, h: int, kept: int | None = None) -> tuple[Any, ...]:
    return ((t if kept is None else kept, n, h), (n, h), (h,))


X = rows("float32", [[[[2]], [[1]]]])  # two steps of one row of one value
W, R = f32([[1]]), f32([[3]])


def linear(name: str, operands: list[Rows | Array | None], expected: Any, **params: Any) -> Case:
    expected = [np.reshape(expected, (2, 1, 1))]
    return Case(name, operands, {"activation_f": 0, **params}, shape=shapes(2, 1, 1), expected=expected)


def random_case(
    name: str, t: int, n: int, i: int, h: int, optional: str = "", kept: int | None = None, **params: Any
) -> Case:
    x = rows("float32", np.empty((0, t, n, i)))
    given = {"b": random("float32", h, seed=3), "h": rows("float32", np.empty((0, n, h)), seed=4)}
    weights = [random("float32", h, i, seed=1) / 4, random("float32", h, h, seed=2) / 4]
    operands = [x, *weights, *(value if key in optional else None for key, value in given.items())]
    return Case(name, operands, params, shape=shapes(t, n, h, kept))


def bad(
    name: str, status: int, at: int = 0, operand: Any = None, shape: tuple[Any, ...] | None = None, **params: Any
) -> Case:
    operands: list[Any] = [X, W, R, None, None]
    if operand is not None:
        operands[at] = operand
    return Case(name, operands, params, shape=shape or shapes(2, 1, 1), status=status)


CASES = [
    linear("by hand", [X, W, R, None, None], [2, 7]),
    linear("backwards", [X, W, R, None, None], [5, 1], reverse=1),
    linear("all operands", [X, W, R, f32([10]), f32([[1]])], [15, 56]),
    linear("clip", [X, W, R, f32([10]), f32([[-9]])], [-5, -4], clip=5),
    random_case("plain", 5, 1, 7, 3),
    random_case("tanh", 4, 2, 3, 5, "bh"),
    random_case("last step", 4, 2, 9, 8, "bh", kept=1),
    random_case("relu, backwards", 3, 1, 4, 4, "b", activation_f=3, reverse=1),
    random_case("elu", 3, 1, 4, 4, "b", activation_f=7, alpha_f=0.5),
    bad("x of two dimensions", SHAPE, 0, rows("float32", np.empty((0, 2, 1)))),
    bad("wide w", SHAPE, 1, random("float32", 1, 2)),
    bad("r that is not square", SHAPE, 2, random("float32", 1, 2)),
    bad("r of one dimension", SHAPE, 2, random("float32", 1)),
    bad("long bias", SHAPE, 3, random("float32", 2)),
    bad("initial h of two rows", SHAPE, 4, random("float32", 2, 1)),
    bad("y of three steps", SHAPE, shape=((3, 1, 1), (1, 1), (1,))),
    bad("short last h", SHAPE, shape=((2, 1, 1), (1,), (1,))),
    bad("long scratch", SHAPE, shape=((2, 1, 1), (1, 1), (2,))),
    bad("unknown activation", PARAM, activation_f=10),
    bad("clip that is NaN", PARAM, clip=NAN),
]
