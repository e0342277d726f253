"""Cases of requantize: every pair of dtypes, halves, both ends, differences beyond float32's integers."""

from __future__ import annotations

from typing import Any

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


CASES = [case for pair in PAIRS for case in cases(pair)]
