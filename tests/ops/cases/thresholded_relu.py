"""Cases of thresholded_relu."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(2, 2), (1, 0), (-3, 0), (INF, INF), (NAN, 0)])
