"""Cases of shrink."""

from __future__ import annotations

from tests.ops.cases._case import NAN, unary

CASES = unary([(2, 2), (0.5, 0), (-0.5, 0), (-3, -3), (NAN, 0)])
CASES += unary([(2, 1.5), (1.5, 0), (-2, -1.5), (-1, 0)], params={"bias": 0.5, "lambd": 1.5})
