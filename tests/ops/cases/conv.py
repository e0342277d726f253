"""Cases of conv: each number of axes, groups, depthwise, steps, padding, runs around the blocks of the kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.ops.cases._case import NAN, PARAM, SHAPE, Case, Rows, constant, floats, random, rows

AXES = ("d", "h", "w")


def place(**params: Sequence[int] | int) -> dict[str, Any]:
    """Parameters of a window; a sequence is for as many trailing axes as it is long."""
    made: dict[str, Any] = {}
    for name, value in params.items():
        values = value if isinstance(value, Sequence) else None
        if values is None:
            made[name] = value
        else:
            made |= {f"{name}_{axis}": size for axis, size in zip(AXES[3 - len(values) :], values)}
    return made


def shaped(
    dtype: str,
    x: tuple[int, ...],
    kernel: tuple[int, ...],
    y: tuple[int, ...],
    o: int,
    *,
    groups: int = 1,
    **params: Any,
) -> Case:
    """x [n, spatial..., c] to y [n, spatial..., o], at random."""
    if dtype == "float64":
        values = rows(dtype, np.empty((0, *x)), low=-1, high=1)
    else:
        values = Rows(np.random.default_rng(0).integers(-8, 9, (100, *x)).astype(dtype))
    weights = random(dtype, o, *kernel, x[-1] // groups, seed=1)
    if dtype == "float32":  # of eighths, so that sums are exact in any order
        weights = np.round(weights * 8).astype(dtype) / 8
    name = f"{x} to {y} by {kernel} {groups} {params} {dtype}"
    operands = [values, weights, random(dtype, o, seed=2) if o % 2 else None]
    return Case(name, operands, {"groups": groups, **place(**params)}, shape=y)


def cases(dtype: str) -> list[Case]:
    line = rows(dtype, [[[[1], [2], [3], [4]]]])
    two = constant(dtype, [[[1], [10]]])
    ends = constant(dtype, [[[1], [10], [100]]])
    sheet = rows(dtype, [[[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]]])
    return [
        Case("line", [line, two, None], shape=(1, 3, 1), expected=[[[[21], [32], [43]]]]),
        Case("bias", [line, two, constant(dtype, [0.5])], shape=(1, 3, 1), expected=[[[[21.5], [32.5], [43.5]]]]),
        Case("stride", [line, two, None], place(stride=[2]), shape=(1, 2, 1), expected=[[[[21], [43]]]]),
        Case("dilation", [line, two, None], place(dilation=[2]), shape=(1, 2, 1), expected=[[[[31], [42]]]]),
        Case("padded", [line, ends, None], place(pad=[1]), shape=(1, 4, 1), expected=[[[[210], [321], [432], [43]]]]),
        Case("causal", [line, ends, None], place(pad=[2]), shape=(1, 4, 1), expected=[[[[100], [210], [321], [432]]]]),
        Case(
            "nothing seen",
            [line, two, constant(dtype, [7])],
            place(pad=[3]),
            shape=(1, 10, 1),
            expected=[[[[7], [7], [17], [28], [39], [50], [11], [7], [7], [7]]]],
        ),
        Case("clamped", [line, two, None], {"lo": 30, "hi": 40}, shape=(1, 3, 1), expected=[[[[30], [32], [40]]]]),
        Case(
            "two axes, two outputs",
            [sheet, constant(dtype, [[[[1, 0], [0, 0]], [[0, 0], [0, 1]]], np.ones((2, 2, 2))]), None],
            shape=(1, 1, 1, 2),
            expected=[[[[[9, 36]]]]],
        ),
        Case(
            "depthwise",
            [sheet, constant(dtype, [[[[1], [2]]], [[[3], [4]]]]), None],
            {"groups": 2},
            shape=(1, 2, 1, 2),
            expected=[[[[[7, 22]], [[19, 50]]]]],
        ),
        Case(
            "groups of one input and two outputs",
            [sheet, constant(dtype, [[[[1]]], [[[2]]], [[[3]]], [[[4]]]]), None],
            {"groups": 2},
            shape=(1, 2, 2, 4),
            expected=[[[[[1, 2, 6, 8], [3, 6, 12, 16]], [[5, 10, 18, 24], [7, 14, 24, 32]]]]],
        ),
        shaped(dtype, (2, 3, 4, 5, 6), (2, 2, 3), (2, 2, 2, 3, 3), 3, pad=(0, 0, 1), stride=(1, 2, 2)),
        shaped(dtype, (1, 7, 6, 3), (3, 3), (1, 4, 3, 5), 5, pad=(1, 1), stride=(2, 2)),
        shaped(dtype, (1, 7, 6, 3), (3, 3), (1, 7, 6, 5), 5, pad=(2, 2), dilation=(2, 2)),
        shaped(dtype, (1, 5, 1), (40,), (1, 5, 3), 3, pad=(20,)),
        *(
            shaped(dtype, (1, 2, c), (1,), (1, 2, o), o)
            for c, o in ((1, 1), (7, 5), (8, 4), (9, 1), (31, 5), (32, 4), (40, 5))
        ),
        *(shaped(dtype, (1, 5, 4, c), (3, 3), (1, 5, 4, c), c, groups=c, pad=(1, 1)) for c in (2, 8, 9, 130)),
        shaped(dtype, (1, 6, 6, 4), (3, 3), (1, 3, 3, 4), 4, groups=4, pad=(1, 1), stride=(2, 2), dilation=(2, 2)),
        shaped(dtype, (1, 6, 6, 6), (3, 3), (1, 6, 6, 9), 9, groups=3, pad=(1, 1)),
        shaped(dtype, (1, 40, 4), (30,), (1, 40, 4), 4, groups=4, pad=(29,)),
        shaped(dtype, (1, 700, 2), (600,), (1, 101, 2), 2, groups=2),
        shaped(dtype, (1, 3, 4), (1,), (1, 3, 150), 150),
    ]


X = rows("float32", np.empty((0, 1, 4, 2)))
W = random("float32", 2, 3, 2)


def bad(name: str, status: int, x: Rows = X, w: Any = W, b: Any = None, shape: Any = (1, 2, 2), **params: Any) -> Case:
    return Case(name, [x, w, b], params, shape=shape, status=status)


CASES = [
    *floats(cases),
    *(
        bad(f"{name} {value}", PARAM, **{name: value})
        for name, values in {
            "stride_w": (0, -1, 2**31 - 1),
            "stride_d": (0,),
            "dilation_w": (0, -(2**31), 2**30 + 1),
            "dilation_h": (0,),
            "pad_w": (-1,),
            "pad_h": (1, -1),
            "groups": (0, -1),
        }.items()
        for value in values
    ),
    bad("crossed limits", PARAM, lo=1.0, hi=0.0),
    bad("lo NaN", PARAM, lo=NAN),
    bad("hi NaN", PARAM, hi=NAN),
    bad("groups that do not divide", SHAPE, groups=2),
    bad("groups without channels", SHAPE, groups=2**31 - 1),
    bad("groups that do not divide the outputs", SHAPE, w=random("float32", 3, 3, 1), shape=(1, 2, 3), groups=2),
    bad("other outputs", SHAPE, shape=(1, 2, 3)),
    bad("other samples", SHAPE, shape=(2, 2, 2)),
    bad("other axes", SHAPE, shape=(1, 2, 1, 2)),
    bad("weights of other axes", SHAPE, w=random("float32", 2, 1, 3, 2)),
    bad("rank 2", SHAPE, x=rows("float32", np.empty((0, 4, 2))), w=random("float32", 2, 2), shape=(4, 2)),
    bad("another bias", SHAPE, b=random("float32", 3)),
    bad("far padding", SHAPE, pad_w=2**31 - 1),
    bad("far dilation", SHAPE, dilation_w=2**29),
    bad("far stride", SHAPE, stride_w=2**30),
]
