"""Cases of div."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, binary

CASES = binary([(1, 2, 0.5), (1, 0, INF), (-1, 0, -INF), (0, 0, NAN), (1, -INF, 0), (INF, INF, NAN), (NAN, 1, NAN)])
SIGNS = [(7, 2, 3), (-7, 2, -3), (7, -2, -3), (-7, -2, 3), (6, -3, -2), (5, 0, 0), (-5, 0, 0), (0, 0, 0), (-3, 5, 0)]
CASES += binary([*SIGNS, (-(2**31), -1, -(2**31))], -9, 9, ("int32",))
CASES += binary([*SIGNS, (-(2**63), -1, -(2**63))], -9, 9, ("int64",))
