"""Cases of shift."""

from __future__ import annotations

from tests.ops.cases._case import binary

SIGNED, UNSIGNED = ("int8", "int16", "int32", "int64"), ("uint8", "uint16", "uint32")
UP = [(5, 1, 10), (5, 0, 5), (1, 64, 0), (0, 3, 0)]
DOWN = [(5, 1, 2), (5, 0, 5), (1, 64, 0), (0, 3, 0)]
CASES = binary([*UP, (-5, 2, -20), (-5, -1, 0)], -9, 9, SIGNED)
CASES += binary([*DOWN, (-5, 1, -3), (-1, 64, -1), (-5, -1, -1)], -9, 9, SIGNED, {"left": 0})
CASES += binary(UP, 0, 99, UNSIGNED) + binary(DOWN, 0, 99, UNSIGNED, {"left": 0})
CASES += binary([(255, 1, 254), (255, 7, 128), (255, 8, 0)], 0, 9, ("uint8",))
CASES += binary([(2**31 - 1, 31, -(2**31)), (2**30, 1, -(2**31))], 0, 9, ("int32",))
