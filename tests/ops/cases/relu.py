"""Cases of relu."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(0.0, 0.0), (-0.0, 0.0), (1.5, 1.5), (-1.5, 0.0), (INF, INF), (-INF, 0.0), (NAN, NAN), (-1e-40, 0.0)])
