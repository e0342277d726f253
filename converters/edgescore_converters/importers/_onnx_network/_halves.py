"""Models in half precision as the same models in float32: a half float is a float32, and so are sums and products.

What the file rounds to 16 bits after every node stays unrounded here, inputs and outputs included.
"""

from __future__ import annotations

from typing import Any

import numpy as np

TYPED = ("to", "dtype", "stash_type", "output_dtype", "softmax_precision")  # attributes that name a type


def widened(model: Any) -> Any:
    """The model with float32 wherever it says float16 or bfloat16; the model itself where it never does."""
    import onnx

    twin = onnx.ModelProto()
    twin.CopyFrom(model)
    return twin if _graph(twin.graph) else model


def _graph(graph: Any) -> bool:
    found = [_tensor(tensor) for tensor in graph.initializer]
    found += [_type(info.type) for info in (*graph.input, *graph.output, *graph.value_info)]
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                found.append(_tensor(attribute.t))
            if attribute.HasField("g"):
                found.append(_graph(attribute.g))
            if attribute.name in TYPED and attribute.i in _halves():
                attribute.i = 1  # float32
                found.append(True)
    return any(found)


def _halves() -> tuple[int, int]:
    from onnx import TensorProto

    return TensorProto.FLOAT16, TensorProto.BFLOAT16


def _tensor(tensor: Any) -> bool:
    from onnx import numpy_helper

    if tensor.data_type not in _halves():
        return False
    try:
        array = numpy_helper.to_array(tensor)
    except ValueError:  # a corrupt one is told of by who uses it
        return False
    tensor.CopyFrom(numpy_helper.from_array(array.astype(np.float32), tensor.name))
    return True


def _type(kind: Any) -> bool:
    if not kind.HasField("tensor_type") or kind.tensor_type.elem_type not in _halves():
        return False
    kind.tensor_type.elem_type = 1  # float32
    return True
