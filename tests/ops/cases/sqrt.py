"""Cases of sqrt."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(0.0, 0.0), (-0.0, -0.0), (4.0, 2.0), (2.25, 1.5), (-1.0, NAN), (INF, INF), (NAN, NAN)], low=-1, high=9)
