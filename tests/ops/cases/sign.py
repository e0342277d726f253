"""Cases of sign."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(2.5, 1), (-2.5, -1), (0, 0), (-0.0, 0), (INF, 1), (-INF, -1), (NAN, NAN)])
CASES += unary([(2, 1), (-2, -1), (0, 0), (-(2**31), -1)], -3, 3, ("int32", "int64"))
