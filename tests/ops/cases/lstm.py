"""Cases of lstm: linear ones by hand, then every option with weights at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases._case import INF, NAN, PARAM, SHAPE, Array, Case, Rows, constant, random, rows

LINEAR = {"activation_f": 0, "activation_g": 0, "activation_h": 0}


def f32(values: Any) -> Array:
    return constant("float32", values)


def shapes(t: int, n: int, h: int, kept: int | None = None) -> tuple[Any, ...]:
    return ((t if kept is None else kept, n, h), (n, h), (n, h), (4 * h,))


X = rows("float32", [[[[2]], [[1]]]])  # two steps of one row of one value
W, R = f32([[1], [1], [1], [1]]), f32([[1], [0], [0], [0]])
ZEROS = np.zeros((4, 1), np.float32)
NONE: list[Array | None] = [None] * 4


def linear(name: str, operands: list[Rows | Array | None], expected: Any, **params: Any) -> Case:
    return Case(name, operands, LINEAR | params, shape=shapes(2, 1, 1), expected=[np.reshape(expected, (2, 1, 1))])


def random_case(
    name: str, t: int, n: int, i: int, h: int, optional: str = "", kept: int | None = None, **params: Any
) -> Case:
    x = rows("float32", np.empty((0, t, n, i)))
    given = {
        "b": random("float32", 4 * h, seed=3),
        "h": rows("float32", np.empty((0, n, h)), seed=4),
        "c": rows("float32", np.empty((0, n, h)), seed=5),
        "p": random("float32", 3 * h, seed=6),
    }
    weights = [random("float32", 4 * h, i, seed=1) / 4, random("float32", 4 * h, h, seed=2) / 4]
    operands = [x, *weights, *(value if key in optional else None for key, value in given.items())]
    return Case(name, operands, params, shape=shapes(t, n, h, kept))


def bad(
    name: str, status: int, at: int = 0, operand: Any = None, shape: tuple[Any, ...] | None = None, **params: Any
) -> Case:
    operands: list[Any] = [X, W, R, None, None, None, None]
    if operand is not None:
        operands[at] = operand
    return Case(name, operands, params, shape=shape or shapes(2, 1, 1), status=status)


CASES = [
    # c = 2 * 0 + 2 * 2, h = 2 * 4; then c = 1 * 4 + 1 * 1, h = 1 * 5
    linear("without h", [X, W, ZEROS, *NONE], [8, 5]),
    # the second input gate is 1 + 8
    linear("with h", [X, W, R, *NONE], [8, 13]),
    # from the end: c = 1, h = 1; then input 2 + 1, c = 2 * 1 + 3 * 2, h = 2 * 8
    linear("backwards", [X, W, R, *NONE], [16, 1], reverse=1),
    # gates 3 2 2 2: c = 2 * 0 + 3 * 2, h = 2 * 6
    linear("bias", [X, W, ZEROS, f32([1, 0, 0, 0]), None, None, None], [12, 8]),
    # the first input gate is 2 + 3, c = 2 * 7 + 5 * 2, h = 2 * 24; then 1 + 48, c = 1 * 24 + 49, h = 73
    linear("initial state", [X, W, R, None, f32([[3]]), f32([[7]]), None], [48, 73]),
    # c = 4, output 2 + 4; then input 1 + 2 * 4, c = 1 * 4 + 9 * 1, output 1 + 13
    linear("peepholes", [X, W, ZEROS, None, None, None, f32([2, 1, 0])], [24, 182]),
    # forget is -1: c = 4; then forget 1 - 1, c = 1
    linear("input and forget", [X, W, ZEROS, *NONE], [8, 1], input_forget=1),
    # gates are 1.5, 1: c = 2.25, h = 1.5 * 2.25; then c = 3.25
    linear("clip", [X, W, ZEROS, *NONE], [3.375, 3.25], clip=1.5),
    random_case("plain", 5, 1, 7, 3),
    random_case("all operands", 4, 2, 3, 5, "bhcp"),
    random_case("last step", 4, 2, 3, 5, "bhc", kept=1),
    random_case("backwards, last step", 4, 2, 9, 8, "bhc", kept=1, reverse=1),
    random_case("one step", 1, 1, 17, 16, "bhc"),
    random_case("hard sigmoid, relu", 2, 1, 4, 4, "b", activation_f=5, alpha_f=0.2, beta_f=0.5, activation_g=3),
    random_case(
        "relu6, leaky relu, elu",
        2,
        1,
        4,
        4,
        "b",
        activation_f=4,
        activation_g=6,
        alpha_g=0.1,
        activation_h=7,
        alpha_h=2,
        clip=1.5,
    ),
    random_case("softsign, softplus, clip", 3, 1, 4, 4, "b", activation_g=8, activation_h=9, clip=0.5),
    Case(
        "computed weights and NaN",
        [rows("float32", [[[[NAN, 1]]]]), *(rows("float32", np.empty((0, 4, k)), seed=k) for k in (2, 1)), *NONE],
        shape=shapes(1, 1, 1),
        expected=[[[[NAN]]]],
    ),
    bad("x of two dimensions", SHAPE, 0, rows("float32", np.empty((0, 2, 1)))),
    bad("w of three gates", SHAPE, 1, W[:3]),
    bad("r of another width", SHAPE, 2, random("float32", 4, 2)),
    bad("r of one dimension", SHAPE, 2, random("float32", 4)),
    bad("long bias", SHAPE, 3, random("float32", 8)),
    bad("initial h of two rows", SHAPE, 4, random("float32", 2, 1)),
    bad("initial c of two rows", SHAPE, 5, random("float32", 2, 1)),
    bad("four peepholes", SHAPE, 6, random("float32", 4)),
    bad("y of three steps", SHAPE, shape=((3, 1, 1), (1, 1), (1, 1), (4,))),
    bad("short last h", SHAPE, shape=((2, 1, 1), (1,), (1, 1), (4,))),
    bad("short last c", SHAPE, shape=((2, 1, 1), (1, 1), (1,), (4,))),
    bad("short scratch", SHAPE, shape=((2, 1, 1), (1, 1), (1, 1), (3,))),
    bad("unknown f", PARAM, activation_f=10),
    bad("unknown g", PARAM, activation_g=-1),
    bad("unknown h", PARAM, activation_h=99),
    bad("negative clip", PARAM, clip=-INF),
    bad("clip that is NaN", PARAM, clip=NAN),
]
