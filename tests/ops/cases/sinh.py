"""Cases of sinh."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(0, 0), (1, 1.1752011936438014), (-1, -1.1752011936438014), (INF, INF), (NAN, NAN)])
