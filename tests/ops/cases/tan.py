"""Cases of tan."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(0, 0), (0.7853981633974483, 1), (-0.7853981633974483, -1), (INF, NAN), (NAN, NAN)], -1.4, 1.4)
