"""normalizer: each row divided by its norm; rows whose norm is at most ``tiny`` stay as they are.

norm: 0 the largest absolute value, 1 the sum of absolute values, 2 the Euclidean norm (as scikit-learn), 3 the largest
value with its sign (ONNX's MAX). tiny: 0 for ONNX; scikit-learn leaves alone what is below 10 machine epsilons of the
dtype.
"""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PARAM = -15


def reference(xp: Any, x: Any, norm: int, tiny: float) -> Any:
    """x [n, k] -> the same shape; NaN in a row makes the whole row NaN."""
    if norm == 1:
        size = xp.abs(x).sum(axis=1, keepdims=True)
    elif norm == 2:
        size = xp.sqrt((x * x).sum(axis=1, keepdims=True))
    else:
        size = (xp.abs(x) if norm == 0 else x).max(axis=1, keepdims=True)
    return x / xp.where(xp.abs(size) <= x.dtype.type(tiny), x.dtype.type(1), size)


def check(xp: Any, x: Any, y: Any, norm: int, tiny: float) -> int:
    """PARAM for an unknown norm or a tiny that is not a number from 0 up."""
    return 0 if 0 <= norm <= 3 and tiny >= 0 else PARAM


OP = Op(
    code=20,
    name="normalizer",
    sig="nk>nk",
    types=("f>f", "d>d"),
    params=(("norm", "i32", 2), ("tiny", "f64", 0.0)),
    reference=reference,
    check=check,
    inplace=True,
)
