"""Constants: the Constant operator, and any other whose inputs are all constant.

The latter are computed once, here, by ONNX's own reference implementation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._call import Call, Refused, handles
from ._tensors import Const, Tensor

# Operators whose result is no larger than the product of their inputs' sizes: a hostile file must not fill the memory.
# fmt: off
_SAFE = frozenset((
    "Abs", "Add", "And", "Cast", "Ceil", "Concat", "Div", "Equal", "Exp", "Flatten", "Floor", "Gather",
    "Gemm", "Greater", "GreaterOrEqual", "Identity", "Less", "LessOrEqual", "Log", "MatMul", "Max", "Mean",
    "Min", "Mul", "Neg", "Not", "Or", "Pow", "Reciprocal", "ReduceMax", "ReduceMean", "ReduceMin",
    "ReduceProd", "ReduceSum", "Reshape", "Round", "Shape", "Sigmoid", "Sign", "Size", "Slice", "Sqrt",
    "Squeeze", "Sub", "Sum", "Tanh", "Transpose", "Unsqueeze", "Where",
))
# fmt: on
_MAX_SIZE = 1 << 27


def from_proto(tensor: Any) -> Const:
    """A tensor of the file; text as str."""
    from onnx import numpy_helper

    data = numpy_helper.to_array(tensor)
    if data.dtype.kind in "OSU":
        texts = [item.decode() if isinstance(item, bytes) else str(item) for item in data.ravel().tolist()]
        data = np.array(texts, dtype=object).reshape(data.shape)
    return Const(data)


@handles("Constant")
def constant(call: Call) -> Tensor:
    """The value, in any of the forms that the operator has for it."""
    if (tensor := call.attribute("value")) is not None:
        return from_proto(tensor)
    for name, dtype in (("float", np.float32), ("int", np.int64), ("string", object)):
        for suffix in ("", "s"):
            if (value := call.attribute(f"value_{name}{suffix}")) is not None:
                return Const(np.asarray(value, dtype))
    return call.refuse("it has no value, or a sparse one", "export the model with dense constants")


def foldable(node: Any, inputs: Sequence[Tensor | None]) -> bool:
    """Whether the node computes constants from constants, safely."""
    arrays = [tensor.data for tensor in inputs if isinstance(tensor, Const)]
    constant = bool(arrays) and len(arrays) == sum(tensor is not None for tensor in inputs)
    return (
        constant
        and not node.domain
        and node.op_type in _SAFE
        and math.prod(array.size for array in arrays) <= _MAX_SIZE
    )


def fold(node: Any, inputs: Sequence[Tensor | None], opset: int) -> list[Const]:
    """The outputs of a foldable node."""
    from onnx import helper
    from onnx.reference import ReferenceEvaluator

    feeds: dict[str, NDArray[Any]] = {
        name: tensor.data for name, tensor in zip(node.input, inputs, strict=True) if isinstance(tensor, Const)
    }
    untyped = [helper.make_empty_tensor_value_info(name) for name in feeds]
    outputs = [helper.make_empty_tensor_value_info(name) for name in node.output]
    graph = helper.make_graph([node], "constants", untyped, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    try:
        with np.errstate(all="ignore"):
            return [Const(np.asarray(result)) for result in ReferenceEvaluator(model).run(None, feeds)]
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise Refused(f"its constants cannot be computed ({error})", "export the model again") from error
