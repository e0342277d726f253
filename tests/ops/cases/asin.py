"""Cases of asin."""

from __future__ import annotations

from tests.ops.cases._case import NAN, unary

CASES = unary([(0, 0), (0.5, 0.5235987755982988), (-1, -1.5707963267948966), (1.5, NAN), (NAN, NAN)], -1, 1)
