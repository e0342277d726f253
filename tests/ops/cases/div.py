"""Cases of div."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, binary

CASES = binary([(1, 2, 0.5), (1, 0, INF), (-1, 0, -INF), (0, 0, NAN), (1, -INF, 0), (INF, INF, NAN), (NAN, 1, NAN)])
