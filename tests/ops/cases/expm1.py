"""Cases of expm1: exact near 0."""

from __future__ import annotations

import math

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(0.0, 0.0), (1e-13, 1e-13), (1.0, math.e - 1), (-INF, -1.0), (1000.0, INF), (INF, INF), (NAN, NAN)])
