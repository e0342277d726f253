"""Cases of asinh."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(0, 0), (1, 0.881373587019543), (-INF, -INF), (NAN, NAN)])
