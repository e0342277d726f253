"""Cases of hard_sigmoid."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(0, 0.5), (1, 0.7), (-1, 0.3), (-3, 0), (5, 1), (INF, 1), (-INF, 0), (NAN, NAN)], -9, 9)
