"""conv_hybrid: ``conv`` of float x and int8 w, as TensorFlow Lite's layers of dynamic range: each sample of x becomes
int8 by a scale of its own (see _hybrid.py). Sums are exact, padding adds nothing; a sample not all finite gives NaN.

A sum becomes real by the sample's step times the channel's scale, then the bias is added. depthwise: multiplied one
after the other as that library's depthwise kernels do it, scale first in whole groups of four channels, step first in
what is left of the last.
"""

from __future__ import annotations

import math

from edgescore.ops import _hybrid, _window, conv
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHAPE, PARAM = -10, -15


def reference(
    xp: Any,
    x: Any,
    w: Any,
    b: Any,
    scale: Any,
    shape: tuple[int, ...],
    groups: int,
    lo: float,
    hi: float,
    asymmetric: int,
    depthwise: int,
    **window: int,
) -> Any:
    """x float32 [n, spatial..., c], w int8 [o, kernel..., c / groups], b float32 [o] or None, scale float32 [o] ->
    float32 in ``shape``, [n, out..., o], and as scratch memory the int8 form of the last sample [1, spatial..., c].
    """
    q, zero, step = _hybrid.quantized(xp, x.reshape(len(x), -1), asymmetric)
    along = _window.axes(x.shape, shape, w.shape[1:-1], window)
    whole = (q - zero).reshape(x.shape)
    sums = _window.convolve(xp, whole, w.astype("float64"), along, groups).astype("float32")
    step = step.reshape(len(x), *(1,) * (len(shape) - 1))
    y = sums * (step * scale)
    if depthwise:
        grouped = xp.arange(len(scale)) < len(scale) // 4 * 4
        y = xp.where(grouped, sums * scale * step, sums * step * scale)
    return conv.finish(xp, y, b, lo, hi), q[-1:].reshape(1, *x.shape[1:]).astype("int8")


def check(
    xp: Any,
    x: Any,
    w: Any,
    b: Any,
    scale: Any,
    y: Any,
    scratch: Any,
    groups: int,
    lo: float,
    hi: float,
    asymmetric: int,
    depthwise: int,
    **window: int,
) -> int:
    """See conv.check, _hybrid.check; SHAPE unless the scratch memory has as many elements as a sample."""
    if not lo <= hi or depthwise not in (0, 1):
        return PARAM
    status = conv.check_operands(x, w, b, y, groups, window)
    if not status and (len(scale) != len(w) or math.prod(scratch.shape) * x.shape[0] != math.prod(x.shape)):
        return SHAPE
    return status or _hybrid.check(xp, w, scale, asymmetric)


OP = Op(
    code=167,
    name="conv_hybrid",
    sig="*,!*,!o?,!o>*,*",
    types=("fbff>fb",),
    params=(*conv.PARAMS, *conv.CLAMP, ("asymmetric", "i32", 0), ("depthwise", "i32", 0)),
    reference=reference,
    check=check,
    wants_shape=True,
    rowwise=False,
)
