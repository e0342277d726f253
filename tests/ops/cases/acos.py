"""Cases of acos."""

from __future__ import annotations

from tests.ops.cases._case import NAN, unary

CASES = unary([(1, 0), (0.5, 1.0471975511965976), (-1, 3.141592653589793), (1.5, NAN), (NAN, NAN)], -1, 0.9)
