"""Cases of mul."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, binary

CASES = binary([(1, 2, 2), (-1.5, 0.5, -0.75), (INF, -1, -INF), (INF, 0, NAN), (NAN, 0, NAN), (0, NAN, NAN)])
