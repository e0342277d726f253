"""conv_transpose: the transposed convolution: every element of x spreads over a window of the output.

Element i of x adds to output i * stride - pad + tap * dilation, for each tap inside. Else as ``conv``.
"""

from __future__ import annotations

from edgescore.ops import _window, conv
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(
    xp: Any, x: Any, w: Any, b: Any, shape: tuple[int, ...], groups: int, lo: float, hi: float, **window: int
) -> Any:
    """x [n, spatial..., c], w [o, kernel..., c / groups], b [o] or None -> ``shape``, [n, out..., o]."""
    along = _window.axes(shape, x.shape, w.shape[1:-1], window)
    return conv.finish(xp, _window.convolve_transposed(xp, x, w, along, groups), b, lo, hi)


def check(xp: Any, x: Any, w: Any, b: Any, y: Any, groups: int, lo: float, hi: float, **window: int) -> int:
    """As of ``conv``."""
    return conv.check_operands(x, w, b, y, groups, window, transposed=True) if lo <= hi else conv.PARAM


OP = Op(
    code=142,
    name="conv_transpose",
    sig="*,!*,!o?>*",
    types=conv.OP.types,
    params=conv.OP.params,
    reference=reference,
    check=check,
    wants_shape=True,
    rowwise=False,
)
