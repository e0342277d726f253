"""concat: inputs side by side along the last axis."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHAPE = -10


def reference(xp: Any, *inputs: Any) -> Any:
    """inputs [..., k_i] of two dimensions at least, equal but for the last -> [..., sum of k_i]."""
    return xp.concatenate(inputs, axis=-1)


def check(xp: Any, *operands: Any) -> int:
    """SHAPE unless the inputs fit side by side and fill the output."""
    shapes = [operand.shape for operand in operands]
    *inputs, output = shapes
    fit = all(len(shape) >= 2 and shape[:-1] == output[:-1] for shape in shapes)
    return 0 if fit and sum(shape[-1] for shape in inputs) == output[-1] else SHAPE


OP = Op(
    code=30,
    name="concat",
    sig="*+>*",
    types=("f>f", "d>d", "i>i", "b>b", "B>B"),
    reference=reference,
    check=check,
)
