"""Cases of power."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, binary

CASES = binary(
    [(2, 3, 8), (9, 0.5, 3), (-2, 3, -8), (-2, 0.5, NAN), (0, 0, 1), (0, -1, INF), (NAN, 0, 1), (NAN, 1, NAN)], low=0.1
)
WHOLE = [(2, 3, 8), (-2, 3, -8), (0, 0, 1), (5, 0, 1), (2, -1, 0), (0, -1, 0), (1, -5, 1), (-1, -5, -1), (-1, -4, 1)]
CASES += binary([*WHOLE, (2, 31, -(2**31)), (2, 32, 0), (3, 2**31 - 1, -1431655765)], -5, 9, ("int32",))
CASES += binary([*WHOLE, (2, 63, -(2**63)), (2, 64, 0)], -5, 9, ("int64",))
