"""Cases of cast: every pair of dtypes, with the ends of both."""

from __future__ import annotations

import numpy as np

from tests.ops.cases._case import FLOATS, INF, NAN, Case, rows

DTYPES = (*FLOATS, "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "bool")
REAL = [0.0, 1.9, -1.9, 127.5, 1e5, -1e5, 3e10, -3e10, 1e30, INF, -INF, NAN]


def case(source: str, target: str) -> Case:
    if source in FLOATS:
        special = [REAL]
    elif source == "bool":
        special = [[False, True]]
    else:
        limits = np.iinfo(source)
        special = [[int(limits.min), int(limits.max), 0, 1, 77]]
    return Case(f"{source} to {target}", [rows(source, np.array(special, source), low=0, high=2)], dtype=target)


def by_hand(source: str, target: str, special: list[float], expected: list[float]) -> Case:
    return Case(f"{source} to {target} by hand", [rows(source, [special])], dtype=target, expected=[expected])


CASES = [case(source, target) for source in DTYPES for target in DTYPES]
CASES += [by_hand(source, "int8", REAL, [0, 1, -1, 127, 127, -128, 127, -128, 127, 127, -128, 0]) for source in FLOATS]
CASES += [by_hand(source, "uint8", REAL, [0, 1, 0, 127, 255, 0, 255, 0, 255, 255, 0, 0]) for source in FLOATS]
CASES += [
    by_hand("float64", "int64", [1e18, INF, -INF, NAN, 2.0**63], [10**18, 2**63 - 1, -(2**63), 0, 2**63 - 1]),
    by_hand("float32", "bool", [0.0, -0.0, 0.5, NAN, INF], [0, 0, 1, 1, 1]),
    by_hand("int32", "int8", [300, -300, 5], [127, -128, 5]),
    by_hand("int32", "uint8", [300, -300, 5], [255, 0, 5]),
    by_hand("float64", "float32", [1e300, -1e300, NAN, 1e-60], [INF, -INF, NAN, 0]),
]
