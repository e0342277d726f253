"""lstm: a long short-term memory layer as ONNX's LSTM, one direction.

Gates stand in the order input, output, forget, cell in w, r and b: a gate is its activation of x w^T + h r^T + b (and
of peepholes * c: of the old c for input and forget, of the new one for output), clipped first. c = forget * c + input *
cell, clipped by cell_clip, h = output * activation_h(c). input_forget: forget = 1 - input.
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
    initial_h: Any,
    initial_c: Any,
    peepholes: Any,
    reverse: int,
    input_forget: int,
    clip: float,
    cell_clip: float,
    activation_f: int,
    activation_g: int,
    activation_h: int,
    alpha_f: float,
    alpha_g: float,
    alpha_h: float,
    beta_f: float,
    beta_g: float,
    beta_h: float,
    shape: tuple[int, ...],
) -> Any:
    """x [t, n, i], w [4h, i], r [4h, h], b [4h], initial_h and initial_c [n, h], peepholes [3h] (input, output, forget)
    -> every h [t, n, h], or the last alone [1, n, h], the last h [n, h], the last c [n, h], scratch [4h]: the sums of
    the last row's gates.
    """
    size = r.shape[1]
    h, c = _recurrent.start(xp, initial_h, x, size), _recurrent.start(xp, initial_c, x, size)
    p_i, p_o, p_f = (None,) * 3 if peepholes is None else peepholes.reshape(3, size)

    def gate(sums: Any, cell: Any, peephole: Any) -> Any:
        sums = sums if peephole is None else sums + peephole * cell
        return _recurrent.activate(xp, activation_f, _recurrent.clipped(xp, sums, clip), alpha_f, beta_f)

    sums, made = x, []
    for step in _recurrent.in_order(x, reverse):
        sums = step @ w.T + (0 if b is None else b)
        sums = (h @ r.T + sums).astype(x.dtype)
        i, o, f, g = (sums[:, at * size : (at + 1) * size] for at in range(4))
        i = gate(i, c, p_i)
        f = 1 - i if input_forget else gate(f, c, p_f)
        g = _recurrent.activate(xp, activation_g, _recurrent.clipped(xp, g, clip), alpha_g, beta_g)
        c = _recurrent.clipped(xp, f * c + i * g, cell_clip)
        h = gate(o, c, p_o) * _recurrent.activate(xp, activation_h, c, alpha_h, beta_h)
        made.append(h)
    return _recurrent.collected(xp, made, reverse, shape), h, c, sums[-1]


def check(
    xp: Any, x: Any, w: Any, r: Any, b: Any, initial_h: Any, initial_c: Any, peepholes: Any, *rest: Any, **params: Any
) -> int:
    """SHAPE or PARAM as _recurrent.check."""
    sizes = _recurrent.sizes(x, r)
    if sizes is None:
        return SHAPE
    t, n, i, h = sizes
    y, y_h, y_c, scratch = rest
    return _recurrent.check(
        [
            (w, [(4 * h, i)]),
            (r, [(4 * h, h)]),
            (b, [(4 * h,)]),
            (initial_h, [(n, h)]),
            (initial_c, [(n, h)]),
            (peepholes, [(3 * h,)]),
            (y, [(t, n, h), (1, n, h)]),
            (y_h, [(n, h)]),
            (y_c, [(n, h)]),
            (scratch, [(4 * h,)]),
        ],
        [params["activation_f"], params["activation_g"], params["activation_h"]],
        min(params["clip"], params["cell_clip"]),
    )


OP = Op(
    code=160,
    name="lstm",
    sig="*,@,@,@?,@?,@?,@?>*,*,*,*",
    types=("fffffff>ffff",),
    params=(
        ("reverse", "i32", 0),
        ("input_forget", "i32", 0),
        ("clip", "f32", float("inf")),
        ("cell_clip", "f32", float("inf")),
        ("activation_f", "i32", 1),
        ("activation_g", "i32", 2),
        ("activation_h", "i32", 2),
        ("alpha_f", "f32", 0),
        ("alpha_g", "f32", 0),
        ("alpha_h", "f32", 0),
        ("beta_f", "f32", 0),
        ("beta_g", "f32", 0),
        ("beta_h", "f32", 0),
    ),
    reference=reference,
    check=check,
    wants_shape=True,
    rowwise=False,
)
