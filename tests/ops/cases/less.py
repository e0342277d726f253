"""Cases of less."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, binary

CASES = binary([(1, 2, 1), (2, 2, 0), (3, 2, 0), (-INF, INF, 1), (INF, INF, 0), (NAN, 1, 0), (1, NAN, 0), (-0.0, 0, 0)])
CASES += binary([(1, 2, 1), (2, 2, 0), (3, 2, 0), (-(2**31), 2**31 - 1, 1)], -3, 3, ("int32", "int64"))
CASES += binary([(1, 2, 1), (2, 2, 0), (-128, 127, 1), (127, -128, 0)], -3, 3, ("int8",)) + binary(
    [(1, 2, 1), (2, 2, 0), (-32768, 32767, 1), (32767, -32768, 0)], -3, 3, ("int16",)
)
