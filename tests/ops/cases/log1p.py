"""Cases of log1p: exact near 0."""

from __future__ import annotations

import math

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(0.0, 0.0), (1e-12, 1e-12), (1.0, math.log(2)), (-1.0, -INF), (-2.0, NAN), (INF, INF), (NAN, NAN)], -0.9)
