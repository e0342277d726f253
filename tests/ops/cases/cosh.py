"""Cases of cosh."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(0, 1), (1, 1.5430806348152437), (-INF, INF), (NAN, NAN)])
