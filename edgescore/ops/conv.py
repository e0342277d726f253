"""conv: windows over 1 to 3 spatial axes times weights, plus a bias, optionally clamped (a fused relu or clip).

Channels come last. Groups split them: output channel j sees only the input channels of its group.
"""

from __future__ import annotations

from edgescore.ops import _window
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHAPE, PARAM = -10, -15
PARAMS = (*_window.PARAMS, ("groups", "i32", 1))
CLAMP = (("lo", "f64", float("-inf")), ("hi", "f64", float("inf")))


def finish(xp: Any, y: Any, b: Any, lo: float, hi: float) -> Any:
    """Sums with the bias added (None: without), clamped; NaN passes through."""
    if b is not None:
        y = y + b
    return xp.clip(y, y.dtype.type(lo), y.dtype.type(hi))


def reference(
    xp: Any, x: Any, w: Any, b: Any, shape: tuple[int, ...], groups: int, lo: float, hi: float, **window: int
) -> Any:
    """x [n, spatial..., c], w [o, kernel..., c / groups], b [o] or None -> ``shape``, [n, out..., o]."""
    along = _window.axes(x.shape, shape, w.shape[1:-1], window)
    return finish(xp, _window.convolve(xp, x, w, along, groups), b, lo, hi)


def check_operands(
    x: Any, w: Any, b: Any, y: Any, groups: int, window: dict[str, int], *, transposed: bool = False
) -> int:
    """PARAM for groups below 1, SHAPE where they do not divide the channels or shapes do not fit; ``_window.check``."""
    if groups < 1:
        return PARAM
    ranks = {len(x.shape), len(w.shape), len(y.shape)}
    if len(ranks) != 1 or not 3 <= len(x.shape) <= 5:
        return SHAPE
    if w.shape[0] != y.shape[-1] or w.shape[-1] * groups != x.shape[-1] or w.shape[0] % groups:
        return SHAPE
    if b is not None and len(b) != len(w):
        return SHAPE
    if transposed:
        return _window.check(y.shape, x.shape, w.shape[1:-1], window)
    return _window.check(x.shape, y.shape, w.shape[1:-1], window)


def check(xp: Any, x: Any, w: Any, b: Any, y: Any, groups: int, lo: float, hi: float, **window: int) -> int:
    """See check_operands; PARAM unless lo <= hi, which NaN is not."""
    return check_operands(x, w, b, y, groups, window) if lo <= hi else PARAM


OP = Op(
    code=140,
    name="conv",
    sig="*,!*,!o?>*",
    types=("fff>f", "ddd>d"),
    params=(*PARAMS, *CLAMP),
    reference=reference,
    check=check,
    wants_shape=True,
    rowwise=False,
)
