"""Cases of conv_int8: the windows of conv, zero points, limits, sums at the ends of int32, int16 as well."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases._case import CONSTANT, INF, NAN, PARAM, SHAPE, Case, Rows, constant, rows
from tests.ops.cases.conv import place

BIAS = {"int8": "int32", "int16": "int64"}
HIGH = {"int8": 127, "int16": 32767}


def whole(dtype: str) -> dict[str, int]:
    """Limits that hold nothing back."""
    return {"lo": -HIGH[dtype] - 1, "hi": HIGH[dtype]}


def shaped(
    x: tuple[int, ...],
    kernel: tuple[int, ...],
    y: tuple[int, ...],
    *,
    dtype: str = "int8",
    groups: int = 1,
    w_zero: int = 0,
    **params: Any,
) -> Case:
    """x [n, spatial..., c] to y [n, spatial..., o], at random, results spread over the whole of the dtype."""
    random, o, high = np.random.default_rng(len(x) + x[-1]), y[-1], HIGH[dtype]
    values = random.integers(-high - 1, high + 1, (100, *x)).astype(dtype)
    values[0], values[1] = -high - 1, high
    weights = random.integers(-128, 128, (o, *kernel, x[-1] // groups)).astype("int8")
    multiplier = random.uniform(0.5, 1.5, o) / (70 * np.sqrt(weights[0].size))
    bias = random.integers(-50 * high, 50 * high, o)
    settings = {"x_zero": -high - 1 if o % 2 else 5, "y_zero": -3, "groups": groups, "w_zero": w_zero}
    operands = [Rows(values), weights, bias.astype(BIAS[dtype]), multiplier.astype("float32")]
    name = f"{dtype} {x} to {y} by {kernel} {groups} {w_zero} {params}"
    return Case(name, operands, {**settings, **whole(dtype), **place(**params)}, shape=y)


def line(dtype: str, name: str, expected: Any = None, status: int = 0, **params: Any) -> Case:
    """Sums of two neighbours, the second ten times; halves of them."""
    x = rows(dtype, [[[[1], [2], [3], [4]]]], low=-128, high=128)
    operands = [x, constant("int8", [[[1], [10]]]), constant(BIAS[dtype], [-1]), constant("float32", [0.5])]
    settings = {**whole(dtype), **place(**params)}
    return Case(f"{name} {dtype}", operands, settings, shape=(1, 3, 1), expected=expected and [expected], status=status)


def whole_sum(weight: int, bias: int, x_zero: int, status: int = 0, dtype: str = "int8", **params: int) -> Case:
    """1000 weights that are the same, on x that is far from its zero point."""
    operands = [
        rows(dtype, [[[[-128] * 1000]]], low=-128, high=128),
        np.full((1, 1, 1000), weight, "int8"),
        constant(BIAS[dtype], [bias]),
        constant("float32", [1e-8]),
    ]
    name = f"{dtype} 1000 * {weight} from {x_zero} and {bias} {params}"
    return Case(name, operands, {"x_zero": x_zero, **whole(dtype), **params}, shape=(1, 1, 1), status=status)


def bad(
    name: str, status: int, *, w: Any = None, b: Any = None, m: Any = None, shape: Any = (1, 2, 2), **params: Any
) -> Case:
    operands = [
        rows("int8", np.empty((0, 1, 4, 2))),
        np.ones((2, 3, 2), "int8") if w is None else w,
        constant("int32", [0, 0] if b is None else b),
        constant("float32", [1, 1] if m is None else m),
    ]
    return Case(name, operands, params, shape=shape, status=status)


def by_hand(dtype: str) -> list[Case]:
    return [
        line(dtype, "halves go to even", expected=[[[10], [16], [21]]]),  # 20/2, 31/2, 42/2
        line(dtype, "zeros", expected=[[[5], [11], [17]]], x_zero=1, y_zero=1),  # 9/2, 20/2, 31/2
        line(dtype, "padding adds nothing", expected=[[[1], [5], [11]]], x_zero=1, y_zero=1, pad=[1]),  # -1/2, 9/2, ..
        line(dtype, "weights' zero", expected=[[[8], [13], [18]]], w_zero=1, y_zero=0),  # 17/2, 26/2, 35/2
        line(dtype, "limits", expected=[[[11], [16], [20]]], lo=11, hi=20),
    ]


CASES = [
    *(case for dtype in BIAS for case in by_hand(dtype)),
    *(
        case
        for dtype in BIAS
        for case in [
            shaped((2, 3, 4, 5, 6), (2, 2, 3), (2, 2, 2, 3, 3), dtype=dtype, pad=(0, 0, 1), stride=(1, 2, 2)),
            shaped((1, 7, 6, 3), (3, 3), (1, 4, 3, 5), dtype=dtype, pad=(1, 1), stride=(2, 2), w_zero=-128),
            shaped((1, 7, 6, 3), (3, 3), (1, 7, 6, 5), dtype=dtype, pad=(2, 2), dilation=(2, 2), w_zero=127),
            shaped((1, 10, 1), (40,), (1, 10, 8), dtype=dtype, pad=(20,)),
            shaped((1, 6, 6, 6), (3, 3), (1, 6, 6, 9), dtype=dtype, groups=3, pad=(1, 1)),
            shaped((1, 5, 4, 9), (3, 3), (1, 5, 4, 9), dtype=dtype, groups=9, pad=(1, 1)),
            shaped((1, 5, 4, 3), (3, 3), (1, 5, 4, 3), dtype=dtype, groups=3, pad=(1, 1), w_zero=4),
            shaped((1, 6, 1, 3), (3, 2), (1, 6, 1, 5), dtype=dtype, pad=(1, 1)),
            shaped((1, 3, 70), (2,), (1, 2, 33), dtype=dtype),
            shaped((1, 2, 300), (1,), (1, 2, 2), dtype=dtype, w_zero=1),
        ]
    ),
    *(shaped((1, 2, c), (1,), (1, 2, o)) for c in (1, 3, 4, 7, 8, 15, 16, 17, 31, 33, 48) for o in (6,)),
    *(shaped((1, 4, 4, c), (3, 3), (1, 4, 4, c), groups=c, pad=(1, 1)) for c in (2, 8, 17, 140)),
    shaped((1, 6, 6, 4), (3, 3), (1, 3, 3, 4), groups=4, pad=(1, 1), stride=(2, 2), dilation=(2, 2)),
    shaped((1, 1100, 2), (1050,), (1, 51, 2), groups=2),
    shaped((1, 3, 4), (1,), (1, 3, 150)),
    whole_sum(127, 2**31 - 1 - 255 * 127000, 127),
    whole_sum(-128, -(2**31 - 1 - 255 * 128000), 127),
    whole_sum(-128, 2**31 - 1 - 128 * 128000, 0),
    whole_sum(127, 2**31 - 255 * 127000, 127, status=CONSTANT),
    whole_sum(-128, 2**31 - 128 * 128000, 0, status=CONSTANT),
    whole_sum(1, -(2**31), 0, status=CONSTANT),
    whole_sum(1, 2**31 - 255 * 3000, 127, status=CONSTANT, w_zero=-2),
    whole_sum(1, 2**31 - 1 - 255 * 3000, 127, w_zero=-2),
    whole_sum(127, 2**53 - 1 - 65535 * 127000, 32767, dtype="int16"),
    whole_sum(127, 2**53 - 65535 * 127000, 32767, status=CONSTANT, dtype="int16"),
    whole_sum(1, -(2**63), 0, status=CONSTANT, dtype="int16"),
    *(bad(f"multiplier {value}", CONSTANT, m=[1, value]) for value in (INF, -INF, NAN)),
    *(
        bad(f"{name} {value}", PARAM, **{name: value})
        for name in ("x_zero", "w_zero", "y_zero", "lo", "hi")
        for value in (-129, 128)
    ),
    *(
        line("int16", f"{name} {value}", status=PARAM, **{name: value})
        for name in ("x_zero", "y_zero", "lo", "hi")
        for value in (-32769, 32768)
    ),
    bad("crossed limits", PARAM, lo=5, hi=4),
    bad("stride", PARAM, stride_w=0),
    bad("no groups", PARAM, groups=0),
    bad("groups that do not divide", SHAPE, groups=2),
    bad("another bias", SHAPE, b=[1], m=[1]),
    bad("other outputs", SHAPE, shape=(1, 2, 3)),
    bad("far padding", SHAPE, pad_w=2**31 - 1),
]
