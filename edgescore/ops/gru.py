"""gru: a layer of gated recurrent units as ONNX's GRU, one direction.

Gates stand in the order update, reset, hidden in w, r and b: update = f(x w^T + h r^T + b), reset likewise, hidden =
g(x w^T + (reset * h) r^T + b), or with linear_before_reset g(x w^T + b + reset * (h r^T + br)); each is clipped before
its activation. h = (1 - update) * hidden + update * h.
"""

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
    br: Any,
    initial_h: Any,
    reverse: int,
    linear_before_reset: int,
    clip: float,
    activation_f: int,
    activation_g: int,
    alpha_f: float,
    alpha_g: float,
    beta_f: float,
    beta_g: float,
    shape: tuple[int, ...],
) -> Any:
    """x [t, n, i], w [3h, i], r [3h, h], b [3h], br [h] (only with linear_before_reset), initial_h [n, h] -> every h
    [t, n, h], or the last alone [1, n, h], the last h [n, h], scratch [4h]: of the last row the gates before their
    clip, and what hidden adds or (without linear_before_reset) reset * h.
    """
    size = r.shape[1]
    h, scratch, made = _recurrent.start(xp, initial_h, x, size), x, []
    for step in _recurrent.in_order(x, reverse):
        sums = step @ w.T + (0 if b is None else b)
        both = (h @ r[: 2 * size].T + sums[:, : 2 * size]).astype(x.dtype)
        gates = _recurrent.activate(xp, activation_f, _recurrent.clipped(xp, both, clip), alpha_f, beta_f)
        update, reset = gates[:, :size], gates[:, size:]
        if linear_before_reset:
            inner = h @ r[2 * size :].T + (0 if br is None else br)
            hidden = sums[:, 2 * size :] + reset * inner
        else:
            inner = reset * h
            hidden = inner @ r[2 * size :].T + sums[:, 2 * size :]
        new = _recurrent.activate(xp, activation_g, _recurrent.clipped(xp, hidden, clip), alpha_g, beta_g)
        h = (1 - update) * new + update * h
        made.append(h)
        scratch = xp.concatenate([both[-1], hidden[-1], inner[-1]])
    return _recurrent.collected(xp, made, reverse, shape), h, scratch


def check(xp: Any, x: Any, w: Any, r: Any, b: Any, br: Any, initial_h: Any, *rest: Any, **params: Any) -> int:
    """SHAPE or PARAM as _recurrent.check, SHAPE for a br that nothing would add."""
    sizes = _recurrent.sizes(x, r)
    if sizes is None:
        return SHAPE
    t, n, i, h = sizes
    y, y_h, scratch = rest
    return _recurrent.check(
        [
            (w, [(3 * h, i)]),
            (r, [(3 * h, h)]),
            (b, [(3 * h,)]),
            (br, [(h,)] if params["linear_before_reset"] else []),
            (initial_h, [(n, h)]),
            (y, [(t, n, h), (1, n, h)]),
            (y_h, [(n, h)]),
            (scratch, [(4 * h,)]),
        ],
        [params["activation_f"], params["activation_g"]],
        params["clip"],
    )


OP = Op(
    code=161,
    name="gru",
    sig="*,@,@,@?,@?,@?>*,*,*",
    types=("ffffff>fff",),
    params=(
        ("reverse", "i32", 0),
        ("linear_before_reset", "i32", 0),
        ("clip", "f32", float("inf")),
        ("activation_f", "i32", 1),
        ("activation_g", "i32", 2),
        ("alpha_f", "f32", 0),
        ("alpha_g", "f32", 0),
        ("beta_f", "f32", 0),
        ("beta_g", "f32", 0),
    ),
    reference=reference,
    check=check,
    wants_shape=True,
    rowwise=False,
)
