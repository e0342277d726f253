"""Cases of copy: every dtype, several ranks."""

from __future__ import annotations

import numpy as np

from edgescore.format import schema
from tests.ops.cases._case import Case, rows

NAMES = [dtype.name for dtype in schema.DTYPES]
CASES = [Case(f"row {name}", [rows(name, [[0, 1, 1]], low=0, high=2)], expected=[[0, 1, 1]]) for name in NAMES]
CASES += [Case("rank 4", [rows("int16", np.empty((0, 2, 3, 2)))])]
