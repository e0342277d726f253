"""pad: x with a border. mode: 0 a value; 1 x mirrored at its first and last element, 4 mirrored with them; 2 the edge
drawn out; 3 x repeated. A border may be wider than x. Constants say how much comes before; the output's shape, after.
"""

from __future__ import annotations

from edgescore.format import schema
from edgescore.ops._axes import CONSTANT, PARAM, SHAPE
from edgescore.ops._op import Op
from edgescore.ops._same import SAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

VALUE, REFLECT, EDGE, WRAP, SYMMETRIC = range(5)


def reference(xp: Any, x: Any, begins: Any, mode: int, value: float, shape: tuple[int, ...]) -> Any:
    """x of r axes, begins [r]: the border's width before each -> ``shape``."""
    if mode == VALUE:
        y = xp.full(shape, value, x.dtype)
        y[tuple(slice(begin, begin + n) for begin, n in zip(begins, x.shape))] = x
        return y
    return x[xp.ix_(*(_source(xp, xp.arange(n) - begin, m, mode) for n, begin, m in zip(shape, begins, x.shape)))]


def _source(xp: Any, i: Any, n: int, mode: int) -> Any:
    """Which of n elements stands at i."""
    if mode == EDGE or n == 1:
        return xp.clip(i, 0, n - 1)
    if mode == WRAP:
        return i % n
    period = 2 * n - 2 if mode == REFLECT else 2 * n
    i = i % period
    return xp.where(i < n, i, period - i if mode == REFLECT else period - 1 - i)


def check(xp: Any, x: Any, begins: Any, y: Any, mode: int, value: float) -> int:
    """SHAPE unless all have as many axes, PARAM for an unknown mode or a value that the dtype does not have, CONSTANT
    for a border of less than nothing.
    """
    if len(begins) != len(x.shape) or len(y.shape) != len(x.shape):
        return SHAPE
    if not 0 <= mode <= SYMMETRIC or not _fits(x.dtype, value):
        return PARAM
    fit = all(begin >= 0 and begin + m <= n for begin, m, n in zip(begins.tolist(), x.shape, y.shape))
    return 0 if fit else CONSTANT


def _fits(dtype: str, value: float) -> bool:
    if dtype.startswith("float"):
        return True
    span = 2.0 ** (1 if dtype == "bool" else 8 * schema.DTYPE_BY_NAME[dtype].size)
    low = -span / 2 if dtype.startswith("int") else 0.0
    return low <= value < low + span and value == int(value)


OP = Op(
    code=53,
    name="pad",
    sig="*,!r>*",
    types=tuple(f"{variant[0]}i{variant[1:]}" for variant in SAME),
    params=(("mode", "i32", 0), ("value", "f64", 0.0)),
    reference=reference,
    check=check,
    wants_shape=True,
    rowwise=False,
)
