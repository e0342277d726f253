"""dense_hybrid: y = x w^T + b of float x and int8 w, as TensorFlow Lite's layers of dynamic range: each row of x
becomes int8 by a scale of its own (see _hybrid.py). A row that is not all finite gives NaN.
"""

from __future__ import annotations

from edgescore.ops import _hybrid
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, w: Any, scale: Any, b: Any, asymmetric: int) -> Any:
    """x float32 [n, k], w int8 [m, k], scale float32 [m] (of w's rows), b float32 [m] -> float32 [n, m], and as scratch
    memory the int8 form of x [n, k].
    """
    q, zero, step = _hybrid.quantized(xp, x, asymmetric)
    sums = ((q - zero) @ w.T.astype("float64")).astype("float32")
    return sums * (step * scale) + (xp.float32(0) if b is None else b), q.astype("int8")


def check(xp: Any, x: Any, w: Any, scale: Any, b: Any, y: Any, scratch: Any, asymmetric: int) -> int:
    """See _hybrid.check."""
    return _hybrid.check(xp, w, scale, asymmetric)


OP = Op(
    code=166,
    name="dense_hybrid",
    sig="nk,!mk,!m,!m?>nm,nk",
    types=("fbff>fb",),
    params=(("asymmetric", "i32", 0),),
    reference=reference,
    check=check,
)
