"""Cases of floor."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(1.5, 1), (-1.5, -2), (2, 2), (INF, INF), (NAN, NAN), (-0.0, 0)])
