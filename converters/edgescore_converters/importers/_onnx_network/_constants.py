"""Constants of ONNX files, and nodes whose operands are all constant: ONNX's reference implementation computes them.

Shapes, and the sizes, axes and indices that models work out from them, go away here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from edgescore.format import schema
from edgescore_converters.ir import Value, constant

from ._call import Refused

MAX_ELEMENTS = 1 << 24  # of a folded node's operands together: a hostile file must not fill the memory
# Operators that make more of their operands than those hold: their size is given by a value.
GROWING = ("ConstantOfShape", "Expand", "Tile", "Range", "EyeLike", "RandomNormal", "RandomUniform", "OneHot", "Pad")
NEVER = (
    "If", "Loop", "Scan", "RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial",
    "DequantizeLinear",
)  # fmt: skip
MAX_GROWN = 1 << 24


def from_proto(tensor: Any) -> Value | None:
    """A tensor of the file; None for text and types that have no place in the format."""
    from onnx import numpy_helper

    return value_of(numpy_helper.to_array(tensor))


def has_nan(value: Value) -> bool:
    """Whether constants are no numbers."""
    return value.data is not None and value.data.dtype.kind == "f" and bool(np.isnan(value.data).any())


def value_of(data: Any) -> Value | None:
    """An array as a constant, half floats as float32; None where the format has no such type."""
    array = np.asarray(data)
    if array.dtype.name in ("float16", "bfloat16"):
        array = array.astype(np.float32)
    return constant(array) if array.dtype.name in schema.DTYPE_BY_NAME and array.dtype.kind != "O" else None


def foldable(node: Any, domain: str, inputs: Sequence[Value | None]) -> bool:
    """Whether the node computes constants from constants, safely."""
    if domain or node.op_type in NEVER or not inputs:
        return False
    if node.op_type == "Shape" or node.op_type == "Size":
        return False  # needs no data: their handlers know
    known = [value.data for value in inputs if value is not None and value.data is not None]
    if len(known) != sum(value is not None for value in inputs):
        return False
    if node.op_type in GROWING and math.prod(int(abs(x)) for x in np.ravel(known[-1])[:8].tolist() or [1]) > MAX_GROWN:
        return False
    return math.prod(max(array.size, 1) for array in known[:2]) <= MAX_ELEMENTS


def fold(node: Any, inputs: Sequence[Value | None], opset: int) -> list[Value | None]:
    """The outputs of a foldable node."""
    from onnx import helper
    from onnx.reference import ReferenceEvaluator

    feeds = {name: value.data for name, value in zip(node.input, inputs, strict=True) if name and value is not None}
    untyped = [helper.make_empty_tensor_value_info(name) for name in feeds]
    outputs = [helper.make_empty_tensor_value_info(name) for name in node.output if name]
    graph = helper.make_graph([node], "constants", untyped, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    try:
        with np.errstate(all="ignore"):
            results = iter(ReferenceEvaluator(model).run(None, feeds))
    except Exception as error:  # whatever a reference implementation raises on operands that do not fit
        raise Refused(f"its constants cannot be computed ({error})", "export the model again") from error
    return [value_of(next(results)) if name else None for name in node.output]
