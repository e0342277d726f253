"""Cases of exp."""

from __future__ import annotations

import math

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(0.0, 1.0), (1.0, math.e), (-1.0, 1 / math.e), (1000.0, INF), (-1000.0, 0.0), (-INF, 0.0), (NAN, NAN)])
