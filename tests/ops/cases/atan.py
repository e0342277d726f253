"""Cases of atan."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(0, 0), (1, 0.7853981633974483), (-INF, -1.5707963267948966), (NAN, NAN)])
