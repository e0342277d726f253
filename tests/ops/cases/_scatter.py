"""What the cases of scatter_nd and scatter_elements share: reductions by hand at a place that is written to twice."""

from __future__ import annotations

from tests.ops.cases._case import NAN

# name -> (reduction, of 5 and then 3 and 7, of NaN and then 3 and 7)
REDUCTIONS = {
    "write": (0, 7, 7),
    "add": (1, 15, NAN),
    "multiply": (2, 105, NAN),
    "minimum": (3, 3, NAN),
    "maximum": (4, 7, NAN),
}
# name -> (reduction, of 0, 0, 1, 1 with 0, 1, 0, 1)
BOOLEAN = {
    "add": (1, [0, 1, 1, 1]),
    "multiply": (2, [0, 0, 0, 1]),
    "minimum": (3, [0, 0, 0, 1]),
    "maximum": (4, [0, 1, 1, 1]),
}
# dtype -> (lowest, highest): one more than the highest is the lowest
WRAPS = {"int8": (-128, 127), "uint16": (0, 65535), "int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
