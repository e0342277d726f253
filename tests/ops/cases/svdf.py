"""Cases of svdf: small ones by hand, then filters at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases._case import NAN, PARAM, SHAPE, Array, Case, constant, random, rows


def f32(values: Any) -> Array:
    return constant("float32", values)


X = rows("float32", [[[1, 2]], [[-3, 1]], [[NAN, 0]]])
WF, WT = f32([[1, 1], [1, -1]]), f32([[1, 2, 4], [2, 3, 5]])
STATE = f32([[[7, 8, 9], [4, 5, 6]]])
# Features 3 and -1: states 8 9 3 and 5 6 -1.
ONE_UNIT, TWO_UNITS = [[[38 + 23]], [[26 - 8 + 28 - 20]], [[NAN]]], [[[38, 23]]]


def shapes(n: int, units: int, filters: int, memory: int) -> tuple[Any, ...]:
    return ((n, units), (n, filters, memory))


def bad(
    name: str, status: int, at: int = 0, operand: Any = None, shape: tuple[Any, ...] | None = None, **params: Any
) -> Case:
    operands: list[Any] = [X, WF, WT, None, STATE]
    if operand is not None:
        operands[at] = operand
    return Case(name, operands, params, shape=shape or shapes(1, 1, 2, 3), status=status)


CASES = [
    Case("two filters a unit", [X, WF, WT, None, STATE], shape=shapes(1, 1, 2, 3), expected=ONE_UNIT),
    Case("a filter a unit", [X, WF, WT, None, STATE], shape=shapes(1, 2, 2, 3), expected=TWO_UNITS),
    Case(
        "bias, relu",
        [X, WF, WT, f32([1, -99]), STATE],
        {"activation": 3},
        shape=shapes(1, 2, 2, 3),
        expected=[[[39, 0]]],
    ),
    Case(
        "remembers one step", [X, WF, WT[:, :1], None, STATE[:, :, :1]], shape=shapes(1, 2, 2, 1), expected=[[[3, -2]]]
    ),
    Case(
        "many",
        [
            rows("float32", np.empty((0, 3, 9))),
            random("float32", 12, 9) / 3,
            random("float32", 12, 10, seed=1) / 9,
            random("float32", 4, seed=2),
            rows("float32", np.empty((0, 3, 12, 10)), seed=3),
        ],
        {"activation": 2},
        shape=shapes(3, 4, 12, 10),
    ),
    bad("x of three dimensions", SHAPE, 0, rows("float32", np.empty((0, 1, 1, 2)))),
    bad("another width", SHAPE, 1, random("float32", 2, 3)),
    bad("too few feature filters", SHAPE, 1, WF[:1]),
    bad("time filters of one dimension", SHAPE, 2, WT[0]),
    bad("a bias too many", SHAPE, 3, f32([1, 2])),
    bad("short state", SHAPE, 4, STATE[:, :, :2]),
    bad("three units of two filters", SHAPE, shape=shapes(1, 3, 2, 3)),
    bad("a unit of one dimension", SHAPE, shape=((1,), (1, 2, 3))),
    bad("two rows", SHAPE, shape=((2, 1), (1, 2, 3))),
    bad("long state", SHAPE, shape=((1, 1), (1, 2, 4))),
    bad("unknown activation", PARAM, activation=10),
]
