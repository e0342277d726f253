"""Cast: floats to another precision, to whole numbers and to booleans; class labels to labels of another type."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from edgescore_converters.ir import Graph

from ._call import Call, handles
from ._tensors import Rows, Tensor, as_float, element_type

_INTEGERS = ("int64", "int32")


@handles("Cast")
def cast(call: Call) -> Tensor:
    """The elements in the type ``to``. What a float beyond int64 becomes is not defined by ONNX; here it saturates."""
    rows, name = call.rows(), element_type(int(call.attribute("to")))
    call.attribute("saturate")  # for float8, and those are refused
    call.attribute("round_mode")
    if rows.classes is not None:
        return _labels(call, rows, name)
    if rows.dtype == name:
        return rows
    if rows.vocabularies is not None:
        call.refuse(f"it casts text to {name}", "encode the text as categories, or pass numbers")
    if name in ("float32", "float64"):
        return Rows(as_float(call.graph, rows, name), rows.shape, name)
    if name in _INTEGERS:
        return whole(call.graph, rows, name)
    if name == "bool":
        value = call.add("cast", call.add("cast", rows.value, dtype="bool"), dtype="float32")
        return Rows(value, rows.shape, name)
    return call.refuse(f"it casts to {name}, which has no counterpart", "export the model with float32 numbers")


def whole(graph: Graph, rows: Rows, name: str) -> Rows:
    """Fractions cut off; what is whole already stays."""
    if not rows.dtype.startswith("float"):
        return replace(rows, dtype=name)
    value = graph.add("cast", graph.add("cast", rows.value, dtype=name), dtype=rows.value.dtype)
    return Rows(value, rows.shape, name)


def _labels(call: Call, rows: Rows, name: str) -> Tensor:
    assert rows.classes is not None
    numeric = all(isinstance(label, (int, float)) for label in rows.classes)
    classes: list[Any]
    if name == "str" and all(isinstance(label, int) for label in rows.classes):
        classes = [str(label) for label in rows.classes]
    elif name == "str" and not numeric:
        classes = list(rows.classes)
    elif numeric and name in ("float32", "float64", "bool", *_INTEGERS):
        classes = np.asarray(rows.classes).astype(name).tolist()
    else:
        call.refuse(f"it casts class labels of type {rows.dtype} to {name}", "export the model with labels as they are")
    return replace(rows, classes=classes, dtype=name)
