"""lstm_int8: an LSTM layer with int8 values and weights, 16-bit gates and cell, as TensorFlow Lite's integer kernel.

Gates stand in the order input, output, forget, cell in w, r and the biases. The biases hold -zero * (sum of the weights
of a row) already, b the layer's own bias too. A gate is x w^T + b scaled to Q3.12 and held within 16 bits, plus h r^T +
br scaled, and the sum held again; ``multipliers`` and ``shifts`` have a column for each gate and a row for x, one for
h. The scale of c is 2^cell_exponent; h_multiplier and h_shift stand for 2^-30 / (scale of h). What all of these mean,
and sigmoid and tanh, is in ``_q15``.
"""

from __future__ import annotations

from edgescore.ops import _q15, _recurrent
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHAPE, CONSTANT, PARAM = -10, -13, -15


def reference(
    xp: Any,
    x: Any,
    w: Any,
    r: Any,
    b: Any,
    br: Any,
    multipliers: Any,
    shifts: Any,
    initial_h: Any,
    initial_c: Any,
    h_zero: int,
    h_multiplier: int,
    h_shift: int,
    cell_exponent: int,
    cell_clip: int,
    shape: tuple[int, ...],
) -> Any:
    """x int8 [t, n, i], w int8 [4h, i], r int8 [4h, h], b and br int32 [4h], multipliers and shifts int32 [2, 4],
    initial_h int8 [n, h], initial_c int16 [n, h] -> every h int8 [t, n, h], or the last alone [1, n, h], the last h [n,
    h], the last c int16 [n, h], scratch int16 [4h]: the last row's gates before their activations.
    """
    size = r.shape[1]
    x_scale, h_scale = ([xp.repeat(each[row], size) for each in (multipliers, shifts)] for row in range(2))
    h, c, gates, made = initial_h, initial_c.astype("int32"), x, []
    for step in x:
        gates = _q15.held(xp, _q15.scaled(xp, step.astype("int32") @ w.T.astype("int32") + b, *x_scale))
        back = _q15.scaled(xp, h.astype("int32") @ r.T.astype("int32") + br, *h_scale)
        gates = _q15.held(xp, gates + back.astype("int64"))
        i, o, f = (_q15.sigmoid(xp, gates[:, at * size : (at + 1) * size]) for at in range(3))
        g = _q15.tanh(xp, gates[:, 3 * size :], 3)
        c = _q15.held(xp, _q15.halved(f * c, 15) + _q15.halved(i * g, 30 + cell_exponent))
        c = xp.clip(c, -cell_clip, cell_clip) if cell_clip else c
        hidden = o * _q15.tanh(xp, c, 15 + cell_exponent)
        h = xp.clip(_q15.scaled(xp, hidden, h_multiplier, h_shift) + h_zero, -128, 127).astype("int8")
        made.append(h)
    return _recurrent.collected(xp, made, 0, shape), h, c.astype("int16"), gates[-1].astype("int16")


def check(
    xp: Any,
    x: Any,
    w: Any,
    r: Any,
    b: Any,
    br: Any,
    multipliers: Any,
    shifts: Any,
    initial_h: Any,
    initial_c: Any,
    *rest: Any,
    h_zero: int,
    h_multiplier: int,
    h_shift: int,
    cell_exponent: int,
    cell_clip: int,
) -> int:
    """SHAPE; PARAM for what _q15 does not take; CONSTANT for a sum that may leave int32, scaled up or not."""
    sizes = _recurrent.sizes(x, r)
    if sizes is None:
        return SHAPE
    t, n, i, h = sizes
    y, y_h, y_c, scratch = rest
    status = _recurrent.check(
        [
            (w, [(4 * h, i)]),
            (r, [(4 * h, h)]),
            (b, [(4 * h,)]),
            (br, [(4 * h,)]),
            (multipliers, [(2, 4)]),
            (shifts, [(2, 4)]),
            (initial_h, [(n, h)]),
            (initial_c, [(n, h)]),
            (y, [(t, n, h), (1, n, h)]),
            (y_h, [(n, h)]),
            (y_c, [(n, h)]),
            (scratch, [(4 * h,)]),
        ]
    )
    if status:
        return status
    if not (-128 <= h_zero <= 127 and h_multiplier >= 0 and -31 <= h_shift <= 0):
        return PARAM
    if not (-15 <= cell_exponent <= -10 and 0 <= cell_clip <= 32767):
        return PARAM
    for weights, bias, multiplier, shift in zip((w, r), (b, br), multipliers, shifts):
        if not _q15.fits(xp, weights, bias, xp.repeat(multiplier, h), xp.repeat(shift, h), 128):
            return CONSTANT
    return 0


OP = Op(
    code=163,
    name="lstm_int8",
    sig="*,!*,!*,!*,!*,!*,!*,@,@>*,*,*,*",
    types=("bbbiiiibh>bbhh",),
    params=(
        ("h_zero", "i32", 0),
        ("h_multiplier", "i32", 0),
        ("h_shift", "i32", 0),
        ("cell_exponent", "i32", -11),
        ("cell_clip", "i32", 0),
    ),
    reference=reference,
    check=check,
    wants_shape=True,
    rowwise=False,
)
