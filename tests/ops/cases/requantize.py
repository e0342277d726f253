"""Cases of requantize: every pair of dtypes, halves, both ends, differences beyond float32's integers; products of real
numbers, which round otherwise than quotients do."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases._case import INF, NAN, PARAM, Case, rows

ENDS = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767), "int32": (-(2**31), 2**31 - 1)}
PAIRS = [
    ("int8", "int8"),
    ("int8", "uint8"),
    ("uint8", "int8"),
    ("int16", "int16"),
    ("int8", "int16"),
    ("int16", "int8"),
    ("int32", "int8"),
    ("uint8", "uint8"),
]


def case(pair: tuple[str, str], name: str, expected: Any = None, *, status: int = 0, **params: Any) -> Case:
    source, target = pair
    (low, high), (lo, hi) = ENDS[source], ENDS[target]
    x = rows(source, [[5, 7, 8, 100, low, high]], low=low, high=high)
    settings = {"lo": lo, "hi": hi, **params}
    expected = None if expected is None else [expected]
    return Case(f"{name} {source} to {target}", [x], settings, dtype=target, expected=expected, status=status)


def cases(pair: tuple[str, str]) -> list[Case]:
    (low, high), (lo, hi) = (ENDS[dtype] for dtype in pair)
    halves = [max(lo, min(hi, round((value - 4) / 2) + 3)) for value in (5, 7, 8, 100, low, high)]
    return [
        case(pair, "halves", halves, multiplier=0.5, x_zero=4, y_zero=3),
        case(pair, "all", multiplier=(hi - lo) / (high - low), x_zero=low, y_zero=lo),
        case(pair, "backwards", multiplier=-(hi - lo) / (high - low), x_zero=high, y_zero=lo),
        case(pair, "limits", [6, 7, 8, 9, 6, 9], lo=6, hi=9),
        case(pair, "huge multiplier", [hi, hi, hi, hi, lo if low else 0, hi], multiplier=3e38),
        *(case(pair, f"multiplier {value}", status=PARAM, multiplier=value) for value in (INF, -INF, NAN)),
        case(pair, "crossed limits", status=PARAM, lo=3, hi=2),
        *(
            case(pair, f"{name} {value}", status=PARAM, **{name: value})
            for name, ends in (("x_zero", (low, high)), ("y_zero", (lo, hi)), ("lo", (lo, hi)), ("hi", (lo, hi)))
            for value in (ends[0] - 1, ends[1] + 1)
            if -(2**31) <= value < 2**31
        ),
    ]


def real(target: str, name: str, expected: Any = None, *, status: int = 0, **params: Any) -> Case:
    """Of real numbers: 3.15 by 0.7 is 4.5 as a quotient in float32, and a little more as a product."""
    lo, hi = ENDS[target]
    x = rows("float32", [[0.5, 1.5, -0.5, 1e30, -1e30, NAN, INF, -INF, 3.15, -0.0]])
    settings = {"lo": lo, "hi": hi, **params}
    expected = None if expected is None else [expected]
    return Case(f"{name} float32 to {target}", [x], settings, dtype=target, expected=expected, status=status)


def real_cases(target: str) -> list[Case]:
    lo, hi = ENDS[target]
    return [
        real(target, "halves", [3, 5, 3, hi, lo, 3, hi, lo, 6, 3], y_zero=3),
        real(
            target, "product", [1, 2, -1 if lo else 0, hi, lo, 0, hi, lo, 5, 0], multiplier=float(1 / np.float32(0.7))
        ),
        real(target, "backwards", [2, 0, 4, 0, 9, 3, 0, 9, 0, 3], multiplier=-2.0, y_zero=3, lo=0, hi=9),
        real(target, "x_zero", status=PARAM, x_zero=1),
        real(target, "multiplier", status=PARAM, multiplier=INF),
        real(target, "zero beyond", status=PARAM, y_zero=hi + 1),
    ]


CASES = [case for pair in PAIRS for case in cases(pair)]
CASES += [case for target in ("int8", "uint8", "int16") for case in real_cases(target)]
