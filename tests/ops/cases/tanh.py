"""Cases of tanh."""

from __future__ import annotations

import math

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(0.0, 0.0), (1e-6, 1e-6), (0.5, math.tanh(0.5)), (-50.0, -1.0), (INF, 1.0), (-INF, -1.0), (NAN, NAN)])
