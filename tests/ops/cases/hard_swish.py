"""Cases of hard_swish."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary(
    [
        (0, 0),
        (1, 0.6666666666666666),
        (-1, -0.3333333333333333),
        (-3, 0),
        (-4, 0),
        (3, 3),
        (4, 4),
        (INF, INF),
        (NAN, NAN),
    ],
    -9,
    9,
)
