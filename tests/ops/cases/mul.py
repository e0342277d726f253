"""Cases of mul."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, binary

CASES = binary([(1, 2, 2), (-1.5, 0.5, -0.75), (INF, -1, -INF), (INF, 0, NAN), (NAN, 0, NAN), (0, NAN, NAN)])
CASES += binary([(3, -2, -6), (2**16, 2**16, 0), (-(2**31), -1, -(2**31))], -9, 9, ("int32",))
CASES += binary([(3, -2, -6), (2**32, 2**31, -(2**63)), (-(2**63), -1, -(2**63))], -9, 9, ("int64",))
