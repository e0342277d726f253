"""Cases of cos."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(0, 1), (1.0471975511965976, 0.5), (3.141592653589793, -1), (INF, NAN), (NAN, NAN)], -1.4, 1.4)
