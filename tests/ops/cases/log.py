"""Cases of log."""

from __future__ import annotations

import math

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(1.0, 0.0), (2.0, math.log(2)), (0.0, -INF), (-0.0, -INF), (-1.0, NAN), (INF, INF), (NAN, NAN)], 0.1, 9)
