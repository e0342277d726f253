"""Cases of atanh."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(0, 0), (0.5, 0.5493061443340548), (1, INF), (-1, -INF), (2, NAN), (NAN, NAN)], -1, 1)
