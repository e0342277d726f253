"""Softmax, LogSoftmax, ArgMax, ArgMin and sums over columns."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.ir import Value

from ._call import Call, handles, shown
from ._tensors import Rows, Tensor, as_float, moved, require_size

_REMEDY = "reduce over the columns of one row"


def _reduced_axes(call: Call, rows: Rows) -> list[int]:
    """The axes, an attribute before opset 18 (ReduceSum: 13) and an input since; never that of the rows."""
    axes = call.constant(1, "axes").ravel().tolist() if call.has(1) else call.attribute("axes")
    if axes is None and not call.attribute("noop_with_empty_axes", 0):
        axes = list(range(len(rows.shape)))
    axes = sorted(axis % len(rows.shape) for axis in axes or [])
    if rows.axis in axes:
        call.refuse(f"it reduces {shown(rows.shape)} over axes {axes}, which mixes rows", _REMEDY)
    return axes


def _last_columns(call: Call, rows: Rows, axis: int) -> None:
    """Refuses unless ``axis`` holds all columns."""
    if not rows.dtype.startswith("float") or rows.shape[axis] != rows.width:
        call.refuse(f"it works on axis {axis} of {rows.dtype} numbers of shape {shown(rows.shape)}", _REMEDY)


@handles("Softmax", "LogSoftmax")
def softmax(call: Call) -> Tensor:
    """exp(x) / sum exp(x); before opset 13 over the axis and all after it."""
    rows = call.numbers()
    axis = int(call.attribute("axis", 1 if call.opset < 13 else -1))
    _last_columns(call, rows, axis)
    if call.op_type == "Softmax":
        return Rows(call.add("softmax", rows.value), rows.shape, rows.dtype)
    _, shifted, sum_log = _log_sum_exp(call, rows)
    return Rows(call.add("sub", shifted, _column(call, sum_log, [0] * rows.width)), rows.shape, rows.dtype)


def _log_sum_exp(call: Call, rows: Rows) -> tuple[Value, Value, Value]:
    """max x in every column, x - max x, and log sum exp of that. A one-hot vector of its position picks the maximum."""
    width = rows.width
    require_size(width, width * width)
    position = call.add("cast", call.add("argmax", rows.value), dtype=rows.dtype)
    at = call.add("one_hot", position, np.array([0, width]), np.arange(width))
    top = call.add("dense", call.add("mul", at, rows.value), np.ones((width, width)), None)
    shifted = call.add("sub", rows.value, top)
    return top, shifted, call.add("log", call.add("dense", call.add("exp", shifted), np.ones((1, width)), None))


def _column(call: Call, value: Value, index: list[int]) -> Value:
    return call.add("columns", value, np.asarray(index, np.int32))


@handles("ReduceLogSumExp")
def log_sum_exp(call: Call) -> Tensor:
    """log sum exp(x) over all columns."""
    rows = call.numbers()
    axes = _reduced_axes(call, rows)
    _last_columns(call, rows, axes[-1] if axes else 0)
    top, _, sum_log = _log_sum_exp(call, rows)
    return _reduced(call, rows, axes, call.add("add", sum_log, _column(call, top, [0])))


@handles("ReduceSum", "ReduceMean", "ReduceSumSquare", "ReduceL1", "ReduceL2")
def total(call: Call) -> Tensor:
    """Sums over some axes: a product with a matrix of ones and zeros."""
    rows = call.numbers()
    if not rows.dtype.startswith("float") and call.op_type != "ReduceSum":
        call.refuse(f"it computes with {rows.dtype} numbers", "cast them to float first")
    axes = _reduced_axes(call, rows)
    value = as_float(call.graph, rows)
    if call.op_type in ("ReduceSumSquare", "ReduceL2"):
        value = call.add("mul", value, value)
    elif call.op_type == "ReduceL1":
        value = call.add("abs", value)
    groups = _groups(rows, axes)
    value = call.add("dense", value, groups, None)
    if call.op_type == "ReduceMean":
        value = call.add("div", value, np.asarray(groups[0].sum(), value.dtype))
    elif call.op_type == "ReduceL2":
        value = call.add("sqrt", value)
    return _reduced(call, rows, axes, value)


@handles("ReduceProd")
def product(call: Call) -> Tensor:
    """Products over some axes, factor by factor."""
    rows = call.numbers()
    if not rows.dtype.startswith("float"):
        call.refuse(f"it computes with {rows.dtype} numbers", "cast them to float first")
    axes = _reduced_axes(call, rows)
    table = np.stack([np.flatnonzero(group) for group in _groups(rows, axes)])
    return _reduced(call, rows, axes, call.add("polynomial", rows.value, table))


def _groups(rows: Rows, axes: list[int]) -> NDArray[np.float64]:
    """[sums, columns]: 1 where a column is part of a sum."""
    kept = [1 if axis in axes or size is None else size for axis, size in enumerate(rows.shape)]
    count = math.prod(kept)
    require_size(count, count * rows.width)
    into = np.broadcast_to(np.arange(count).reshape(kept), rows.columns().shape).ravel()
    return np.asarray(into[None, :] == np.arange(count)[:, None], np.float64)


def _reduced(call: Call, rows: Rows, axes: list[int], value: Value) -> Rows:
    keep = call.attribute("keepdims", 1)
    shape = tuple(1 if at in axes else size for at, size in enumerate(rows.shape) if keep or at not in axes)
    return Rows(value, shape, rows.dtype)


@handles("ArgMax", "ArgMin")
def extreme(call: Call) -> Tensor:
    """The number of the first largest or smallest column; with ``select_last_index``, of the last."""
    rows = call.numbers()
    axis = int(call.attribute("axis", 0)) % len(rows.shape)
    keep, last = call.attribute("keepdims", 1), call.attribute("select_last_index", 0)
    if axis == rows.axis or rows.shape[axis] != rows.width:
        call.refuse(f"it works on axis {axis} of {shown(rows.shape)}", _REMEDY)
    if last:
        rows = moved(call.graph, rows, np.flip(rows.columns(), axis), rows.axis)
    value = call.add(call.op_type.lower(), as_float(call.graph, rows))
    shape = tuple(1 if at == axis else size for at, size in enumerate(rows.shape) if keep or at != axis)
    classes = list(range(rows.width))
    return Rows(value, shape, "int64", classes=classes[::-1] if last else classes)
