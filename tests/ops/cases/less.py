"""Cases of less."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, binary

CASES = binary([(1, 2, 1), (2, 2, 0), (3, 2, 0), (-INF, INF, 1), (INF, INF, 0), (NAN, 1, 0), (1, NAN, 0), (-0.0, 0, 0)])
CASES += binary([(1, 2, 1), (2, 2, 0), (3, 2, 0), (-(2**31), 2**31 - 1, 1)], -3, 3, ("int32", "int64"))
