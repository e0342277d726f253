"""Cases of abs."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, unary

CASES = unary([(0.0, 0.0), (-0.0, 0.0), (-1.5, 1.5), (1.5, 1.5), (-INF, INF), (NAN, NAN), (-1e-40, 1e-40)])
CASES += unary([(-3, 3), (3, 3), (0, 0)], -9, 9, ("int32", "int64"))
CASES += unary([(-(2**31), -(2**31))], dtypes=("int32",)) + unary([(-(2**63), -(2**63))], dtypes=("int64",))
