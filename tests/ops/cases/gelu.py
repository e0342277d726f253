"""Cases of gelu."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(0, 0), (1, 0.8413447460685429), (-1, -0.15865525393145707), (INF, INF), (NAN, NAN)])
CASES += unary([(0, 0), (1, 0.8411919906082768), (INF, INF), (NAN, NAN)], 0, 3, params={"approximate": 1})
