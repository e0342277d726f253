"""Cases of abs."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(0.0, 0.0), (-0.0, 0.0), (-1.5, 1.5), (1.5, 1.5), (-INF, INF), (NAN, NAN), (-1e-40, 1e-40)])
