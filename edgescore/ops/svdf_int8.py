"""svdf_int8: svdf with int8 values, a 16-bit state and integer scaling, as TensorFlow Lite's integer kernel.

A feature is the sum of wf * (x - x_zero) scaled by the first multiplier and shift and held within 16 bits; a unit is
the sum of state * wt and bias, which wraps at 32 bits, scaled by the second, plus y_zero, held between lo and hi.
``_q15`` says what a multiplier and a shift mean.
"""

from __future__ import annotations

from edgescore.ops import _q15, _recurrent
from edgescore.ops._op import Op
from edgescore.ops.svdf import shapes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHAPE, CONSTANT, PARAM = -10, -13, -15


def reference(
    xp: Any,
    x: Any,
    wf: Any,
    wt: Any,
    b: Any,
    state: Any,
    x_zero: int,
    y_zero: int,
    feature_multiplier: int,
    feature_shift: int,
    multiplier: int,
    shift: int,
    lo: int,
    hi: int,
    shape: tuple[int, ...],
) -> Any:
    """x int8 [n, i], wf int8 [f, i], wt int16 [f, m], b int32 [u], state int16 [n, f, m] -> int8 [n, u] and the state
    after it.
    """
    feature = (x.astype("int32") - x_zero) @ wf.T.astype("int32")
    feature = _q15.held(xp, _q15.scaled(xp, feature, feature_multiplier, feature_shift)).astype("int16")
    new = xp.concatenate([state[:, :, 1:], feature[:, :, None]], axis=2)
    sums = (new.astype("int64") * wt).reshape(*shape, -1).sum(axis=2) + (0 if b is None else b)
    y = _q15.scaled(xp, sums.astype("int32"), multiplier, shift) + y_zero
    return xp.clip(y, lo, hi).astype("int8"), new


def check(
    xp: Any,
    x: Any,
    wf: Any,
    wt: Any,
    b: Any,
    state: Any,
    y: Any,
    new: Any,
    x_zero: int,
    y_zero: int,
    feature_multiplier: int,
    feature_shift: int,
    multiplier: int,
    shift: int,
    lo: int,
    hi: int,
) -> int:
    """SHAPE as svdf; PARAM for limits that are not int8 or a scale that _q15 does not take; CONSTANT for a feature that
    may leave int32.
    """
    expected = shapes(x, wf, wt, b, state, y, new)
    status = SHAPE if expected is None else _recurrent.check(expected)
    if status:
        return status
    if not (-128 <= x_zero <= 127 and -128 <= y_zero <= 127 and -128 <= lo <= hi <= 127):
        return PARAM
    if feature_multiplier < 0 or multiplier < 0 or not (-31 <= feature_shift <= 30 and -31 <= shift <= 0):
        return PARAM
    return 0 if _q15.fits(xp, wf, 0, feature_multiplier, feature_shift, 255) else CONSTANT


OP = Op(
    code=165,
    name="svdf_int8",
    sig="*,!*,!*,!*?,@>*,*",
    types=("bbhih>bh",),
    params=(
        ("x_zero", "i32", 0),
        ("y_zero", "i32", 0),
        ("feature_multiplier", "i32", 0),
        ("feature_shift", "i32", 0),
        ("multiplier", "i32", 0),
        ("shift", "i32", 0),
        ("lo", "i32", -128),
        ("hi", "i32", 127),
    ),
    reference=reference,
    check=check,
    wants_shape=True,
    rowwise=False,
)
