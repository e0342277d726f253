"""Cases of acosh."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(1, 0), (2, 1.3169578969248166), (0.5, NAN), (INF, INF), (NAN, NAN)], 1.1, 9)
