"""NumPy's broadcasting for tensors of which one axis runs over the rows.

Refuses what would pair one row with another: constants that differ along the rows, and rows on different axes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.ir import Value

from ._call import Call, shown
from ._tensors import Const, Rows, Shape, Sizes, Tensor, as_float, moved, require_size

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Aligned:
    """Operands over the same columns: the value (1, k) of a computed one, the k numbers (or the one) of a constant."""

    operands: list[Value | Array]
    shape: Shape
    dtype: str

    def result(self, value: Value, dtype: str | None = None) -> Rows:
        """The tensor that a node computed from the operands."""
        return Rows(value, self.shape, dtype or self.dtype)


def align(call: Call, inputs: Sequence[Tensor], *, integers: bool = False) -> Aligned:
    """Broadcasts numbers, at least one computed from the rows. Integers are refused unless asked for, as float64."""
    inputs = [call.as_numbers(tensor) if isinstance(tensor, Rows) else tensor for tensor in inputs]
    computed = [tensor for tensor in inputs if isinstance(tensor, Rows)]
    if not computed or any(isinstance(tensor, Sizes) for tensor in inputs):
        call.refuse(
            "it computes with constants only, or with the number of rows", "fold the model's constants (onnxsim)"
        )
    dtype = computed[0].dtype
    if not dtype.startswith("float") and not integers:
        call.refuse(
            f"it computes with {dtype} numbers, whose arithmetic the runtime does not have", "cast them to float first"
        )
    internal = dtype if dtype.startswith("float") else "float64"
    tensors = [tensor for tensor in inputs if not isinstance(tensor, Sizes)]
    arrays = [tensor.columns() if isinstance(tensor, Rows) else tensor.data for tensor in tensors]
    rank = max(array.ndim for array in arrays)
    axes = {tensor.axis + rank - len(tensor.shape) for tensor in computed}
    try:
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
    except ValueError:
        call.refuse(
            f"its inputs have the shapes {' and '.join(_shape(tensor) for tensor in inputs)}, which do not broadcast"
        )
    axis = axes.pop()
    if axes or shape[axis] != 1:
        call.refuse(f"it pairs one row with another (shapes {' and '.join(_shape(tensor) for tensor in inputs)})")
    require_size(math.prod(shape))
    operands: list[Value | Array] = []
    for tensor, array in zip(tensors, arrays, strict=True):
        if isinstance(tensor, Rows):
            wide = np.broadcast_to(array, shape)
            operands.append(as_float(call.graph, moved(call.graph, tensor, wide, axis), internal))
        else:
            # Integers may not fit exactly, as nothing in ONNX keeps them below 2^53.
            data = array.astype(internal)
            operands.append(data.reshape(()) if data.size == 1 else np.broadcast_to(data, shape).ravel())
    return Aligned(operands, tuple(None if at == axis else size for at, size in enumerate(shape)), dtype)


def _shape(tensor: Tensor) -> str:
    return shown(tensor.shape if isinstance(tensor, Rows) else tensor.data.shape if isinstance(tensor, Const) else ())


def constant_rows(call: Call, like: Value, number: Array) -> Value:
    """The constant as something computed from the rows, which a first operand must be."""
    # x > inf is 0 for every number, infinities included.
    zero = call.add("binarize", like, np.full(like.shape[1], np.inf))
    return call.add("add", zero, number)
