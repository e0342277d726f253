"""Cases of sin."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(0, 0), (0.5235987755982988, 0.5), (-1.5707963267948966, -1), (INF, NAN), (NAN, NAN)])
