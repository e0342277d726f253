"""Cases of minimum."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, binary

CASES = binary([(1, 2, 1), (2, 1, 1), (-INF, 1, -INF), (INF, 1, 1), (NAN, 1, NAN), (1, NAN, NAN), (NAN, NAN, NAN)])
CASES += binary([(1, 2, 1), (2, 1, 1), (2**31 - 1, -(2**31), -(2**31))], -9, 9, ("int32", "int64"))
CASES += binary([(1, 2, 1), (127, -128, -128)], -9, 9, ("int8",)) + binary(
    [(1, 2, 1), (-32768, 32767, -32768)], -9, 9, ("int16",)
)
