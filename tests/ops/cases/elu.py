"""Cases of elu."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(1, 1), (0, 0), (-1, -0.6321205588285577), (-1e-30, -1e-30), (-INF, -1), (INF, INF), (NAN, NAN)])
CASES += unary([(1, 1), (-INF, -2), (INF, INF)], params={"alpha": 2})
