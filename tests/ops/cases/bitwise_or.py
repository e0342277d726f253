"""Cases of bitwise_or."""

from __future__ import annotations

from tests.ops.cases._case import binary

SIGNED, UNSIGNED = ("int8", "int16", "int32", "int64"), ("uint8", "uint16", "uint32")
TABLE = [(12, 10, 14), (0, 7, 7), (127, 127, 127), (85, 42, 127)]
CASES = binary([*TABLE, (-1, 5, -1), (-128, 127, -1)], -99, 99, SIGNED) + binary(TABLE, 0, 255, UNSIGNED)
CASES += binary([(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 1)], 0, 2, ("bool",))
