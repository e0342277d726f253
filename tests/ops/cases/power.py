"""Cases of power."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, binary

CASES = binary(
    [(2, 3, 8), (9, 0.5, 3), (-2, 3, -8), (-2, 0.5, NAN), (0, 0, 1), (0, -1, INF), (NAN, 0, 1), (NAN, 1, NAN)], low=0.1
)
