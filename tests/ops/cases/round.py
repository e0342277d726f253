"""Cases of round."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(0.5, 0), (1.5, 2), (2.5, 2), (-0.5, 0), (-1.5, -2), (2.6, 3), (INF, INF), (NAN, NAN)])
