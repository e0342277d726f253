"""Cases of sigmoid: both tails, far beyond where e^x overflows."""

from __future__ import annotations

import math

from tests.ops.cases._case import INF, NAN, unary

CASES = unary(
    [
        (0.0, 0.5),
        (-0.0, 0.5),
        (1.0, 1 / (1 + math.exp(-1))),
        (-30.0, math.exp(-30)),
        (30.0, 1.0),
        (1000.0, 1.0),
        (-1000.0, 0.0),
        (INF, 1.0),
        (-INF, 0.0),
        (NAN, NAN),
    ],
    low=-20,
    high=20,
)
