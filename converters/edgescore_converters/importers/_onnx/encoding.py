"""ai.onnx.ml OneHotEncoder, LabelEncoder, CategoryMapper: categories to columns, or to other values.

Text has codes by the time it is here; the boundary gives a text that is in no vocabulary the code -1, which matches
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.ir import Value

from ._call import ML, Call, handles
from ._tensors import Rows, Tensor, as_float, fits_float32, require_size
from .cast import whole

Array = NDArray[Any]


def _keyed(call: Call, rows: Rows, keys: Sequence[Any]) -> tuple[Value, list[Array]]:
    """The input as floats that compare exactly with keys, and for each column the keys as such floats."""
    if rows.vocabularies is not None:
        return rows.value, [np.array([words.code(key) for key in keys], np.float64) for words in rows.vocabularies]
    numbers = np.asarray(keys)
    if rows.dtype.startswith("float") or not fits_float32(numbers):
        return as_float(call.graph, rows), [numbers] * rows.width
    return as_float(call.graph, rows, "float32"), [numbers] * rows.width


def _require(call: Call, rows: Rows, keys: Sequence[Any]) -> None:
    text = rows.dtype == "str"
    if not keys or any(isinstance(key, str) != text for key in keys):
        call.refuse(
            f"it has {'no' if not keys else 'other'} categories for its {rows.dtype} input", "export the model again"
        )
    if rows.dtype in ("int64", "int32") and rows.value.dtype == "float32" and not fits_float32(np.asarray(keys)):
        call.refuse(
            "it has categories beyond 2^24, which float32 inputs cannot tell apart",
            "convert with input_dtype='float64'",
        )


@handles("OneHotEncoder", domain=ML)
def one_hot_encoder(call: Call) -> Tensor:
    """For each element a new last axis with 1 at its category; all zeros for an unseen one, if ``zeros`` allows it."""
    rows = call.rows()
    keys = call.attribute("cats_strings", []) or call.attribute("cats_int64s", [])
    call.attribute("cats_int64s")
    zeros = call.attribute("zeros", 1)
    if rows.classes is not None:
        rows = call.numbers()
    _require(call, rows, keys)
    if len(set(keys)) < len(keys):
        call.refuse("it lists a category twice", "give each category once")
    if rows.dtype.startswith("float"):
        rows = whole(call.graph, rows, "int64")
    require_size(rows.width * len(keys))
    value, columns = _keyed(call, rows, keys)
    for column, codes in enumerate(columns):
        call.remember(value, codes, [column] * len(codes))
        if not zeros and rows.vocabularies is None:
            call.close(value, column, codes)
    if not zeros:
        for words in rows.vocabularies or ():
            words.closed.append(frozenset(keys))
    hot = call.add("one_hot", value, np.arange(rows.width + 1) * len(keys), np.concatenate(columns))
    hot = as_float(call.graph, replace(rows, value=hot), "float32")
    return Rows(hot, (*rows.shape, len(keys)), "float32")


_TYPES = {"string": str, "int64": int, "float": float}


def _pairs(call: Call) -> tuple[list[Any], list[Any], Any]:
    """(keys, values, default); before version 2 of the operator, texts and their positions."""
    if (texts := call.attribute("classes_strings")) is not None:
        numbers = list(range(len(texts)))
        text, number = call.attribute("default_string", "_Unused"), call.attribute("default_int64", -1)
        return (texts, numbers, number) if call.rows().dtype == "str" else (numbers, texts, text)
    found: dict[str, Any] = {}
    for part in ("keys", "values"):
        lists = {kind: call.attribute(f"{part}_{kind}s") for kind in _TYPES}
        tensor = call.attribute(f"{part}_tensor")
        given = {kind: values for kind, values in lists.items() if values}
        if len(given) + (tensor is not None) != 1:
            call.refuse(f"it has no {part}, or more than one list of them", "export the model again")
        found[part], found["kind"] = _tensor(tensor) if tensor is not None else (*given.values(), *given)
    defaults = {"string": "_Unused", "int64": -1, "float": -0.0}
    defaults = {kind: call.attribute(f"default_{kind}", value) for kind, value in defaults.items()}
    tensor = call.attribute("default_tensor")
    default = _tensor(tensor)[0][0] if tensor is not None else defaults[found["kind"]]
    if len(found["keys"]) != len(found["values"]):
        call.refuse("it has another number of keys than of values", "export the model again")
    return found["keys"], found["values"], default


def _tensor(tensor: Any) -> tuple[list[Any], str]:
    from onnx import numpy_helper

    array = numpy_helper.to_array(tensor).ravel()
    if array.dtype.kind in "OSU":
        return [item.decode() if isinstance(item, bytes) else str(item) for item in array.tolist()], "string"
    kinds = {"float32": "float", "int64": "int64"}
    if array.dtype.name not in kinds:
        raise ValueError(f"its table holds {array.dtype.name} numbers")
    return array.tolist(), kinds[array.dtype.name]


@handles("LabelEncoder", domain=ML)
def label_encoder(call: Call) -> Tensor:
    """Each element replaced by the value of its key, or by the default; the first of equal keys counts."""
    keys, values, default = _pairs(call)
    return _mapped(call, keys, values, default)


@handles("CategoryMapper", domain=ML)
def category_mapper(call: Call) -> Tensor:
    """Text to integers or integers to text."""
    texts, numbers = call.attribute("cats_strings", []), call.attribute("cats_int64s", [])
    text, number = call.attribute("default_string", "_Unused"), call.attribute("default_int64", -1)
    if call.rows().dtype == "str":
        return _mapped(call, texts, numbers, number)
    return _mapped(call, numbers, texts, text)


def _mapped(call: Call, keys: list[Any], values: list[Any], default: Any) -> Tensor:
    rows = call.rows()
    _require(call, rows, keys)
    table: dict[Any, Any] = {}
    for key, value in zip(keys, values, strict=True):
        table.setdefault(key, value)
    dtype = {str: "str", int: "int64", float: "float32"}[type(default)]
    if rows.classes is not None:
        return replace(rows, classes=[table.get(label, default) for label in rows.classes], dtype=dtype)
    if call.opset < 4:
        table = {key: value for key, value in table.items() if key == key}  # a NaN key finds nothing before version 4
    if dtype != "str":
        return Rows(_lookup(call, rows, table, default), rows.shape, dtype)
    if rows.width != 1:
        call.refuse("it makes text of several columns", "map the predictions to text outside the model")
    # Text comes out as an index in the list of texts.
    classes = list(dict.fromkeys([*table.values(), default]))
    position = {text: float(number) for number, text in enumerate(classes)}
    index = _lookup(call, rows, {key: position[text] for key, text in table.items()}, position[default])
    return Rows(call.add("cast", index, dtype="int32"), rows.shape, "str", classes=classes)


def _lookup(call: Call, rows: Rows, table: dict[Any, Any], default: float) -> Value:
    require_size(rows.width * len(table))
    value, columns = _keyed(call, rows, list(table))
    for column, codes in enumerate(columns):
        call.remember(value, codes, [column] * len(codes))
    numbers = np.asarray(list(table.values()), np.float64)
    if value.dtype == "float32" and isinstance(default, int) and not fits_float32(np.append(numbers, default)):
        value = call.add("cast", value, dtype="float64")
    width = rows.width
    return call.add(
        "lookup",
        value,
        np.arange(width + 1) * len(table),
        np.concatenate(columns),
        np.tile(numbers, width),
        np.full(width, default),
        None,
    )
