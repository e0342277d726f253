"""Cases of sub."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, binary

CASES = binary([(1, 2, -1), (-1.5, 0.5, -2), (INF, 1, INF), (INF, INF, NAN), (NAN, 1, NAN), (1, NAN, NAN)])
CASES += binary([(1, 2, -1), (-(2**31), 1, 2**31 - 1), (0, -(2**31), -(2**31))], -9, 9, ("int32",))
CASES += binary([(1, 2, -1), (-(2**63), 1, 2**63 - 1)], -9, 9, ("int64",))
