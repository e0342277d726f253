"""Cases of swish."""

from __future__ import annotations

from tests.ops.cases._case import NAN, unary

CASES = unary([(0, 0), (1, 0.7310585786300049), (-1, -0.2689414213699951), (500, 500), (-1000, 0), (NAN, NAN)])
CASES += unary([(0, 0), (1, 0.8807970779778823), (NAN, NAN)], params={"alpha": 2})
