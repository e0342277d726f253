"""Cases of erf."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(0, 0), (1, 0.8427007929497149), (-2, -0.9953222650189527), (INF, 1), (-INF, -1), (NAN, NAN)])
