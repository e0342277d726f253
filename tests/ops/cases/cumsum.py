"""Cases of cumsum: every dtype, any axis, without the element, from the end; NaN, integers that wrap around."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import FLOATS, INF, NAN, PARAM, Case
from tests.ops.cases._tensors import NUMBERS, each, given, tensors

BY_HAND = [(0, 0, [1, 3, 6]), (1, 0, [0, 1, 3]), (0, 1, [6, 5, 3]), (1, 1, [5, 3, 0])]


def params(exclusive: int, reverse: int, axis: int = 0) -> dict[str, int]:
    return {"axis": axis, "exclusive": exclusive, "reverse": reverse}


def cases(dtype: str) -> list[Case]:
    made = []
    for exclusive, reverse, y in BY_HAND:
        name = f"exclusive {exclusive} reverse {reverse}"
        x = given(dtype, [1, 2, 3], high=9)
        made.append(Case(name, [x], params(exclusive, reverse), expected=[y]))
        made += [
            Case(f"{name} axis {at}", [tensors(dtype, 3, 4, 2)], params(exclusive, reverse, at)) for at in (0, -2, 2)
        ]
    return made


CASES = each(NUMBERS, cases)
CASES += [Case(f"NaN {dtype}", [given(dtype, [1, NAN, 2])], expected=[[1, NAN, NAN]]) for dtype in FLOATS]
CASES += [
    Case(f"infinity is left out {dtype}", [given(dtype, [1, 2, INF])], {"exclusive": 1}, expected=[[0, 1, 3]])
    for dtype in FLOATS
]
CASES += [
    Case(
        f"{dtype} wraps around",
        [given(dtype, np.array([high, 1, 1], dtype))],
        expected=np.array([[high, low, low + 1]], dtype),
    )
    for dtype, low, high in [("int32", -(2**31), 2**31 - 1), ("int64", -(2**63), 2**63 - 1)]
]
CASES += [
    Case("small after large", [given("float32", [1e8, 1, 1, 1, 1, 1, 1, 1, 1])], expected=[[1e8] * 5 + [1e8 + 8] * 4])
]
CASES += [
    Case("an axis too high", [tensors("int32", 2)], {"axis": 1}, status=PARAM),
    Case("an axis too low", [tensors("int32", 2)], {"axis": -2}, status=PARAM),
    Case("no axis", [tensors("int32")], status=PARAM),
    Case("exclusive is 2", [tensors("int32", 2)], {"exclusive": 2}, status=PARAM),
    Case("reverse is -1", [tensors("int32", 2)], {"reverse": -1}, status=PARAM),
]
