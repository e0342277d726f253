"""Cases of softplus."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary(
    [
        (0, 0.6931471805599453),
        (1, 1.3132616875182228),
        (-1, 0.31326168751822286),
        (500, 500),
        (-INF, 0),
        (INF, INF),
        (NAN, NAN),
    ]
)
