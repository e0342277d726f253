"""conv_transpose_int8: ``conv_transpose`` in integers; sums, zero points and requantization as of ``conv_int8``."""

from __future__ import annotations

from edgescore.ops import _window, conv, conv_int8
from edgescore.ops._fixed import requantize
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(
    xp: Any,
    x: Any,
    w: Any,
    b: Any,
    multiplier: Any,
    shape: tuple[int, ...],
    groups: int,
    x_zero: int,
    w_zero: int,
    y_zero: int,
    lo: int,
    hi: int,
    **window: int,
) -> Any:
    """x int8 or int16 [n, spatial..., c], w int8 [o, kernel..., c / groups], b [o], multiplier float32 [o] -> x's
    dtype in ``shape``, [n, out..., o].
    """
    along = _window.axes(shape, x.shape, w.shape[1:-1], window)
    sums = _window.convolve_transposed(xp, *conv_int8.real(x, w, x_zero, w_zero), along, groups) + b
    return requantize(xp, sums.astype(b.dtype), multiplier, y_zero, lo, hi).astype(x.dtype)


def check(xp: Any, x: Any, w: Any, b: Any, multiplier: Any, y: Any, groups: int, **params: int) -> int:
    """As of ``conv_int8``."""
    status = conv.check_operands(x, w, b, y, groups, params, transposed=True)
    return status or conv_int8.check_constants(xp, x, w, b, multiplier, params)


OP = Op(
    code=143,
    name="conv_transpose_int8",
    sig="*,!*,!o,!o>*",
    types=conv_int8.OP.types,
    params=conv_int8.OP.params,
    reference=reference,
    check=check,
    wants_shape=True,
    rowwise=False,
)
