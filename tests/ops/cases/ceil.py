"""Cases of ceil."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(1.5, 2), (-1.5, -1), (2, 2), (INF, INF), (NAN, NAN), (-0.5, 0)])
