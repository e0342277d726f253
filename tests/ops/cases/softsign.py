"""Cases of softsign."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(0, 0), (1, 0.5), (-3, -0.75), (INF, NAN), (NAN, NAN)])
