"""rnn: a simple recurrent layer as ONNX's RNN, one direction: h = activation(x w^T + h r^T + b), clipped before it."""

from __future__ import annotations

from edgescore.ops import _recurrent
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHAPE = -10


def reference(
    xp: Any,
    x: Any,
    w: Any,
    r: Any,
    b: Any,
    initial_h: Any,
    reverse: int,
    clip: float,
    activation_f: int,
    alpha_f: float,
    beta_f: float,
    shape: tuple[int, ...],
) -> Any:
    """x [t, n, i], w [h, i], r [h, h], b [h], initial_h [n, h] -> every h [t, n, h], or the last alone [1, n, h], the
    last h [n, h], scratch [h]: the last row before clip and activation.
    """
    h, sums, made = _recurrent.start(xp, initial_h, x, r.shape[1]), x, []
    for step in _recurrent.in_order(x, reverse):
        sums = step @ w.T + (0 if b is None else b)
        sums = (h @ r.T + sums).astype(x.dtype)
        h = _recurrent.activate(xp, activation_f, _recurrent.clipped(xp, sums, clip), alpha_f, beta_f)
        made.append(h)
    return _recurrent.collected(xp, made, reverse, shape), h, sums[-1]


def check(xp: Any, x: Any, w: Any, r: Any, b: Any, initial_h: Any, *rest: Any, **params: Any) -> int:
    """SHAPE or PARAM as _recurrent.check."""
    sizes = _recurrent.sizes(x, r)
    if sizes is None:
        return SHAPE
    t, n, i, h = sizes
    y, y_h, scratch = rest
    return _recurrent.check(
        [
            (w, [(h, i)]),
            (r, [(h, h)]),
            (b, [(h,)]),
            (initial_h, [(n, h)]),
            (y, [(t, n, h), (1, n, h)]),
            (y_h, [(n, h)]),
            (scratch, [(h,)]),
        ],
        [params["activation_f"]],
        params["clip"],
    )


OP = Op(
    code=162,
    name="rnn",
    sig="*,@,@,@?,@?>*,*,*",
    types=("fffff>fff",),
    params=(
        ("reverse", "i32", 0),
        ("clip", "f32", float("inf")),
        ("activation_f", "i32", 2),
        ("alpha_f", "f32", 0),
        ("beta_f", "f32", 0),
    ),
    reference=reference,
    check=check,
    wants_shape=True,
    rowwise=False,
)
