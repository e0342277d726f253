"""Operators that ONNX defines by other operators: their definition for one node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edgescore_converters.ir import Value

Body = tuple[Sequence[Any], Sequence[str], Sequence[str]]


def body(node: Any, domain: str, opset: int, inputs: Sequence[Value | None]) -> Body | None:
    """(nodes, names of inputs, names of outputs) of the definition, attributes put in; None where there is none."""
    import onnx
    from onnx import helper

    try:
        schema: Any = onnx.defs.get_schema(node.op_type, opset, domain)
    except onnx.defs.SchemaError:
        return None
    if schema.has_function:
        function = schema.function_body
    elif schema.has_context_dependent_function:
        types = []
        for value in inputs:
            dtype = helper.np_dtype_to_tensor_dtype(_numpy(value.dtype)) if value is not None else 0
            types.append(
                helper.make_tensor_type_proto(dtype, None if value is None else value.shape).SerializeToString()
            )
        text = schema.get_context_dependent_function(node.SerializeToString(), types)
        function = onnx.FunctionProto.FromString(text)
    else:
        return None
    given = {attribute.name: attribute for attribute in node.attribute}
    defaults = {attribute.name: attribute for attribute in function.attribute_proto}
    for name, attribute in schema.attributes.items():
        if attribute.default_value.name:
            defaults.setdefault(name, attribute.default_value)
    nodes = [_bound(inner, {**defaults, **given}) for inner in function.node]
    return nodes, list(function.input), list(function.output)


def _bound(node: Any, attributes: dict[str, Any]) -> Any:
    """A node of a definition with references to the definition's attributes replaced by their values."""
    import onnx

    twin = onnx.NodeProto()
    twin.CopyFrom(node)
    del twin.attribute[:]
    for attribute in node.attribute:
        if not attribute.ref_attr_name:
            twin.attribute.append(attribute)
        elif attribute.ref_attr_name in attributes:
            value = onnx.AttributeProto()
            value.CopyFrom(attributes[attribute.ref_attr_name])
            value.name = attribute.name
            twin.attribute.append(value)
    return twin


def _numpy(dtype: str) -> Any:
    import numpy as np

    return np.dtype(dtype)
