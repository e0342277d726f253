"""Cases of mod."""

from __future__ import annotations

from tests.ops.cases._case import INF, NAN, binary

PYTHON = [(7, 3, 1), (-7, 3, 2), (7, -3, -2), (-7, -3, -1), (6, 3, 0), (-6, 3, 0), (5, -7, -2)]
C = [(7, 3, 1), (-7, 3, -1), (7, -3, 1), (-7, -3, -1), (6, 3, 0), (-6, 3, 0), (5, -7, 5)]
REAL = [(1, 0, NAN), (INF, 2, NAN), (NAN, 1, NAN), (1, NAN, NAN)]
WHOLE = [(5, 0, 0), (0, 0, 0), (-(2**31), -1, 0)]
CASES = binary([*PYTHON, *REAL, (-1, INF, INF)]) + binary([*C, *REAL, (-1, INF, -1)], params={"fmod": 1})
CASES += binary([*PYTHON, *WHOLE], -9, 9, ("int32", "int64"))
CASES += binary([*C, *WHOLE], -9, 9, ("int32", "int64"), {"fmod": 1})
