"""Cases of add_fused_int8: halves, zero points, what rounds once and not twice, limits, every way to broadcast."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases._case import INF, NAN, PARAM, SHAPE, Case, constant, rows

A, B = [[5, -3, 2, 7]], [[1, 2, 5, 6]]
BYTES = {"a_zero": -128, "b_zero": -128, "y_zero": -128}
SCALED = {"a_multiplier": 0.7318241, "b_multiplier": 0.21337, "offset": -19.173645}


def case(name: str, expected: Any = None, *, a: Any = A, b: Any = B, status: int = 0, **params: Any) -> Case:
    operands = [rows("int8", a, low=-128, high=128), rows("int8", b, low=-128, high=128, seed=1)]
    return Case(name, operands, params, expected=None if expected is None else [expected], status=status)


def shaped(a: tuple[int, ...], b: Any, y: tuple[int, ...]) -> Case:
    first = rows("int8", np.empty((0, *a[1:])), low=-128, high=128)
    second = rows("int8", np.empty((0, *b[1:])), low=-128, high=128, seed=1) if isinstance(b, tuple) else b
    return Case(f"{a} and {b}", [first, second], {**SCALED, **BYTES}, shape=y)


# A product of 2^-13 (1 + 2^-23) and 255 needs 32 bits; with the other product they round together.
FINE = {"a_multiplier": 2.0**-13 * (1 + 2.0**-23), "b_multiplier": 0.5 - 2.0**-25}
MOST = {"a_multiplier": 64.0, "b_multiplier": -64.0, "offset": 65536.0}
CASES = [
    case("sum", [6, -1, 7, 13]),
    case("halves go to even", [3, 0, 4, 6], a_multiplier=0.5, b_multiplier=0.5),  # 3, -0.5, 3.5, 6.5
    case("the offset is within what is rounded", [4, 0, 4, 7], a_multiplier=0.5, b_multiplier=0.5, offset=0.5),
    case("zeros", [2, -5, 3, 9], a_zero=4, b_zero=-2, y_zero=-2),
    case("limits", [6, 0, 7, 8], lo=0, hi=8),
    case("bytes", [-128 + 10, 127, -128], a=[[-128, 127, -128]], b=[[-118, 127, -128]], **BYTES),
    case("one rounding", a=[[127, -128]], b=[[1, 3]], **FINE, **BYTES),
    case("largest", **MOST),
    case("smallest", a_multiplier=2.0**-36, b_multiplier=-(2.0**-36), offset=0.5),
    shaped((1, 2, 3, 4), (1, 1, 3, 1), (1, 2, 3, 4)),
    shaped((1, 3, 1), (1, 1, 4), (1, 3, 4)),
    shaped((1, 3, 4), np.arange(4).astype("int8"), (1, 3, 4)),
    shaped((1, 3, 4), constant("int8", 5), (1, 3, 4)),
    shaped((1, 150), (1, 150), (1, 150)),
    *(
        case(f"{name} {value}", status=PARAM, **{name: value})
        for name in SCALED
        for value in (INF, -INF, NAN, 2.0**-37)
    ),
    *(case(f"{name} beyond", status=PARAM, **{name: value * 1.000001}) for name, value in MOST.items()),
    *(
        case(f"{name} {value}", status=PARAM, **{name: value})
        for name in ("a_zero", "b_zero", "y_zero", "lo", "hi")
        for value in (-129, 128)
    ),
    case("crossed limits", status=PARAM, lo=1, hi=0),
    Case("another shape", case("").operands, {}, shape=(1, 1, 4), status=SHAPE),
]
