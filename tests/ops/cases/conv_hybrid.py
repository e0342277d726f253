"""Cases of conv_hybrid: samples whose int8 form is plain to see, the windows of conv, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases._case import CONSTANT, INF, NAN, PARAM, SHAPE, Array, Case, Rows, constant, rows
from tests.ops.cases.conv import place

# Sums of two neighbours, the second ten times. Steps of 1 (127 is 127) and of 2, where 1 / 2 rounds away from zero.
W, SCALE, BIAS = (constant(*each) for each in (("int8", [[[1], [10]]]), ("float32", [0.5]), ("float32", [3])))
X = rows("float32", [[[[127], [1.4], [-2]]], [[[254], [1], [-5]]], [[[0], [0], [1e-36]]], [[[NAN], [1], [2]]]])
SYMMETRIC = [[[[71.5], [-6.5]]], [[[140], [-26]]], [[[3], [3]]], [[[NAN], [NAN]]]]
# 255 steps of 1 from -100 to 155, 0 being at -28; from 0 to 255, 0 being at -128.
SHIFTED = rows("float32", [[[[155], [-100], [1.4]]], [[[0], [255], [1]]], [[[INF], [1], [2]]]])
ASYMMETRIC = [[[[-419.5], [-42]]], [[[1278], [135.5]]], [[[NAN], [NAN]]]]


def line(name: str, x: Rows, expected: Any = None, status: int = 0, b: Array | None = BIAS, **params: Any) -> Case:
    scratch = params.pop("scratch", (1, 3, 1))
    shapes = (params.pop("shape", (1, 2, 1)), scratch)
    w, scale = params.pop("w", W), params.pop("scale", SCALE)
    return Case(name, [x, w, b, scale], place(**params), shape=shapes, expected=expected, status=status)


def shaped(x: tuple[int, ...], kernel: tuple[int, ...], y: tuple[int, ...], groups: int = 1, **params: Any) -> Case:
    """x [n, spatial..., c] to y [n, spatial..., o], at random."""
    random, o = np.random.default_rng(len(x) + x[-1]), y[-1]
    operands = [
        rows("float32", np.empty((0, *x)), low=-1, high=4),
        random.integers(-128, 128, (o, *kernel, x[-1] // groups)).astype("int8"),
        random.standard_normal(o).astype("float32"),
        random.uniform(0.001, 0.1, o).astype("float32"),
    ]
    settings = {"groups": groups, **place(**params)}
    return Case(f"{x} to {y} by {kernel} {groups} {params}", operands, settings, shape=(y, (1, *x[1:])))


CASES = [
    line("by hand", X, SYMMETRIC),
    line("asymmetric", SHIFTED, ASYMMETRIC, asymmetric=1),
    line("no bias", X, b=None),
    line("clamped", X, [[[[10], [0]]], [[[10], [0]]], [[[3], [3]]], [[[NAN], [NAN]]]], lo=0, hi=10),
    line("padding adds nothing", SHIFTED, [[[[778], [-419.5], [-42]]]], shape=(1, 3, 1), pad=[1], asymmetric=1),
    shaped((2, 7, 6, 5), (3, 2), (2, 4, 5, 9), stride=(2, 1), pad=(1, 0)),
    shaped((2, 7, 6, 6), (3, 3), (2, 7, 6, 6), 6, pad=(1, 1), asymmetric=1, depthwise=1),
    shaped((1, 7, 3), (2,), (1, 4, 6), 3, dilation=(3,), asymmetric=1, depthwise=1),
    shaped((1, 3, 4, 5, 2), (2, 2, 2), (1, 2, 3, 4, 3), asymmetric=1),
    shaped((1, 5, 5, 200), (3, 3), (1, 3, 3, 2)),
    line("unknown mode", X, status=PARAM, asymmetric=2),
    line("unknown order", X, status=PARAM, depthwise=-1),
    line("crossed limits", X, status=PARAM, lo=1, hi=0),
    line("scale not finite", X, status=CONSTANT, scale=SCALE * INF),
    line("more scales than channels", X, status=SHAPE, scale=constant("float32", [1, 1]), b=None),
    line(
        "more biases than channels", X, status=SHAPE, scale=constant("float32", [1, 1]), b=constant("float32", [1, 1])
    ),
    line("less scratch memory than a sample", X, status=SHAPE, scratch=(1, 2, 1)),
    Case(
        "sums beyond int32",
        [rows("float32", np.empty((0, 1, 1, 70000))), np.full((1, 1, 70000), 127, "int8"), BIAS, SCALE],
        shape=((1, 1, 1), (1, 1, 70000)),
        status=CONSTANT,
    ),
]
