"""Cases of celu."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(1, 1), (0, 0), (-1, -0.6321205588285577), (-INF, -1), (INF, INF), (NAN, NAN)])
CASES += unary([(1, 1), (-INF, -2), (-2, -1.2642411176571153)], params={"alpha": 2})
