"""Cases of mish."""

from __future__ import annotations

from tests.ops.cases._case import NAN, unary

CASES = unary([(0, 0), (1, 0.8650983882673103), (-1, -0.30340146137410895), (500, 500), (NAN, NAN)])
