"""resize_int8: pictures of integers in another size: each pixel is a weighted sum of a few rows and columns of x.

Weights count 2048 to one, so that a sum over both axes is in steps of 2^-22; rounded to the nearest, ties up or
(half_away) away from zero. Whatever interpolates linearly keeps the quantization that x has.
"""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHAPE, CONSTANT, PARAM = -10, -13, -15
ONE, BITS = 2048, 22


def reference(xp: Any, x: Any, rows: Any, row_weights: Any, columns: Any, column_weights: Any, half_away: int) -> Any:
    """x int8 or int16 [n, h, w, c]; of each row of y the indices in h and their weights int16 [o, t], of each column
    those in w [p, u] -> [n, o, p, c].
    """
    half = 1 << (BITS - 1)
    sums = xp.full((), 0, "int64")
    for t in range(rows.shape[1]):
        for u in range(columns.shape[1]):
            weight = xp.multiply.outer(row_weights[:, t].astype("int64"), column_weights[:, u].astype("int64"))
            sums = sums + weight[:, :, None] * x[:, rows[:, t]][:, :, columns[:, u]]
    if half_away:
        return (xp.sign(sums) * ((xp.abs(sums) + half) >> BITS)).astype(x.dtype)
    return ((sums + half) >> BITS).astype(x.dtype)


def check(
    xp: Any, x: Any, rows: Any, row_weights: Any, columns: Any, column_weights: Any, y: Any, half_away: int
) -> int:
    """PARAM for a switch neither 0 nor 1, SHAPE unless y is x with as many rows and columns as there are weights for,
    CONSTANT for an index that x does not have, or weights of a row or column that are more than one together.
    """
    if half_away not in (0, 1):
        return PARAM
    if len(x.shape) != 4 or y.shape != (x.shape[0], len(rows), len(columns), x.shape[3]):
        return SHAPE
    for index, weights, size in ((rows, row_weights, x.shape[1]), (columns, column_weights, x.shape[2])):
        if not ((index >= 0) & (index < size)).all() or (xp.abs(weights.astype("int32")).sum(axis=1) > ONE).any():
            return CONSTANT
    return 0


OP = Op(
    code=157,
    name="resize_int8",
    sig="*,!ot,!ot,!pu,!pu>*",
    types=("bihih>b", "hihih>h"),
    params=(("half_away", "i32", 0),),
    reference=reference,
    check=check,
    rowwise=False,
)
