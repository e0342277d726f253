"""svdf: a layer of filters of two factors over what it remembers, as TensorFlow Lite's SVDF.

A filter's feature is its row of wf times x; its state takes the feature at the end and lets go of the first. A unit is
the sum over its filters (f / u of them, side by side) of state times row of wt, plus its bias, through the activation.
"""

from __future__ import annotations

from edgescore.ops import _recurrent
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHAPE = -10


def reference(xp: Any, x: Any, wf: Any, wt: Any, b: Any, state: Any, activation: int, shape: tuple[int, ...]) -> Any:
    """x [n, i], wf [f, i], wt [f, m], b [u], state [n, f, m] -> [n, u] and the state after it."""
    new = xp.concatenate([state[:, :, 1:], (x @ wf.T)[:, :, None]], axis=2)
    y = (new * wt).sum(axis=2).reshape(*shape, -1).sum(axis=2) + (0 if b is None else b)
    return _recurrent.activate(xp, activation, y.astype(x.dtype)), new


def shapes(x: Any, wf: Any, wt: Any, b: Any, state: Any, y: Any, new: Any) -> list[Any] | None:
    """The shapes of the operands of both forms; None where they fit no number of filters."""
    if len(x.shape) != 2 or len(wt.shape) != 2 or len(y.shape) != 2 or wt.shape[0] % y.shape[1]:
        return None
    (n, i), (f, m), u = x.shape, wt.shape, y.shape[1]
    return [(wf, [(f, i)]), (b, [(u,)]), (state, [(n, f, m)]), (y, [(n, u)]), (new, [(n, f, m)])]


def check(xp: Any, x: Any, wf: Any, wt: Any, b: Any, state: Any, y: Any, new: Any, activation: int) -> int:
    """SHAPE or PARAM as _recurrent.check, SHAPE for filters that do not divide into units."""
    expected = shapes(x, wf, wt, b, state, y, new)
    return SHAPE if expected is None else _recurrent.check(expected, [activation])


OP = Op(
    code=164,
    name="svdf",
    sig="*,!*,!*,!*?,@>*,*",
    types=("fffff>ff",),
    params=(("activation", "i32", 0),),
    reference=reference,
    check=check,
    wants_shape=True,
    rowwise=False,
)
