"""ai.onnx.ml Scaler, Normalizer, Binarizer, Imputer: preprocessing of numbers, column by column.

Rounded as ONNX Runtime rounds: trees that follow must decide alike.
"""

from __future__ import annotations

import math

import numpy as np

from ._call import ML, Call, handles, table
from ._tensors import Rows, Tensor, as_float

_NORMS = {"MAX": 3, "L1": 1, "L2": 2}


@handles("Scaler", domain=ML)
def scaler(call: Call) -> Tensor:
    """(x - offset) * scale in float32, or for doubles in float64, then cast to float32."""
    rows = call.table()
    scale, offset = call.floats("scale"), call.floats("offset")
    if len(scale) != len(offset) or len(scale) not in (1, rows.width):
        call.refuse(
            f"it has {len(offset)} offsets and {len(scale)} scales for {rows.width} columns",
            "give one, or one a column",
        )
    x = as_float(call.graph, rows, "float64" if rows.dtype == "float64" else "float32")
    # A vector of one is no part of a row of several, a number is.
    shape = (len(scale),) if len(scale) == rows.width else ()
    y = call.add("mul", call.add("sub", x, offset.reshape(shape)), scale.reshape(shape))
    return table(as_float(call.graph, table(y), "float32"))


@handles("Normalizer", domain=ML)
def normalizer(call: Call) -> Tensor:
    """x divided by the largest, the absolute sum or the Euclidean norm of the row; a row of norm 0 stays."""
    norm = call.attribute("norm", "MAX")
    if norm not in _NORMS:
        call.refuse(f"its norm {norm} is unknown", f"use one of {', '.join(_NORMS)}")
    return table(call.add("normalizer", call.float32(), norm=_NORMS[norm]))


@handles("LpNormalization")
def lp_normalization(call: Call) -> Tensor:
    """x divided by the p-norm of the row, p = 1 or 2; a row of norm 0 stays 0."""
    rows = call.numbers()
    power, axis = int(call.attribute("p", 2)), int(call.attribute("axis", -1))
    if not rows.dtype.startswith("float") or rows.shape[axis] != rows.width or power not in (1, 2):
        call.refuse(f"it takes the {power}-norm of axis {axis} of {rows.dtype} numbers", "normalise rows of floats")
    return Rows(call.add("normalizer", rows.value, norm=power), rows.shape, rows.dtype)


@handles("Binarizer", domain=ML)
def binarizer(call: Call) -> Tensor:
    """1 where x > threshold, else 0."""
    rows = call.numbers()
    x = as_float(call.graph, rows)
    threshold = np.full(rows.width, np.float32(call.attribute("threshold", 0.0)), x.dtype)
    call.remember(x, threshold)
    return Rows(call.add("binarize", x, threshold), rows.shape, rows.dtype)


@handles("Imputer", domain=ML)
def imputer(call: Call) -> Tensor:
    """A value that stands for missing (NaN or a number) replaced by a constant of its column."""
    rows = call.table()
    floats, integers = call.floats("imputed_value_floats"), np.asarray(call.attribute("imputed_value_int64s", []))
    missing, missing_integer = call.attribute("replaced_value_float", 0.0), call.attribute("replaced_value_int64", 0)
    given = floats if len(floats) else integers
    if len(floats) and len(integers):
        call.refuse("it has both float and integer values", "export it with one of them")
    if len(given) not in (1, rows.width):
        call.refuse(f"it has {len(given)} values for {rows.width} columns", "give one, or one a column")
    x = as_float(call.graph, rows)
    sentinel = float(missing if given is floats else missing_integer)
    is_nan = math.isnan(sentinel)
    fill = np.broadcast_to(given, (rows.width,))
    if not is_nan:
        call.remember(x, np.full(rows.width, sentinel))
    value = call.add("impute", x, fill, missing=0.0 if is_nan else sentinel, is_nan=int(is_nan))
    return Rows(value, rows.shape, rows.dtype)
