"""Cases of maximum."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, binary

CASES = binary([(1, 2, 2), (2, 1, 2), (-INF, 1, 1), (INF, 1, INF), (NAN, 1, NAN), (1, NAN, NAN), (NAN, NAN, NAN)])
CASES += binary([(1, 2, 2), (2, 1, 2), (2**31 - 1, -(2**31), 2**31 - 1)], -9, 9, ("int32", "int64"))
CASES += binary([(1, 2, 2), (127, -128, 127)], -9, 9, ("int8",)) + binary(
    [(1, 2, 2), (-32768, 32767, 32767)], -9, 9, ("int16",)
)
