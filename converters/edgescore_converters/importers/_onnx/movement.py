"""Reshape, Flatten, Squeeze, Unsqueeze, Transpose, Expand, Gather, Slice, Split, Concat: numbers moved, none computed.

They act on the column numbers of a tensor (see `_tensors`), so that whatever keeps the order of the columns costs
nothing. What would mix rows, or number them, is refused.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ._broadcast import constant_rows
from ._call import Call, handles, shown
from ._tensors import Const, Index, Rows, Shape, Tensor, as_float, moved

ROWS = "the rows must stay one axis of the tensor"


def _axis(call: Call, axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        call.refuse(f"its axis {axis} is not one of the {rank} of its input", "export the model again")
    return axis % rank


def _axes(call: Call, rank: int) -> list[int] | None:
    """The axes, an attribute before opset 13 and an input since; None where they are absent."""
    axes = call.constant(1, "axes").ravel().tolist() if call.has(1) else call.attribute("axes")
    return None if axes is None else [_axis(call, int(axis), rank) for axis in axes]


@handles("Reshape")
def reshape(call: Call) -> Tensor:
    """The same elements in another shape."""
    rows, allow_zero = call.rows(), call.attribute("allowzero", 0)
    target = call.attribute("shape") if call.opset < 5 else call.constant(1, "target shape").ravel().tolist()
    if allow_zero and 0 in target:
        call.refuse("it makes an empty tensor")
    shape: list[int | None] = []
    for at, size in enumerate(target):
        if size == 0 and at >= len(rows.shape):
            call.refuse(
                f"its target shape {target} keeps an axis that the input does not have", "export the model again"
            )
        shape.append(rows.shape[at] if size == 0 else int(size))
    return replace(rows, shape=_reshaped(call, rows, shape))


def _reshaped(call: Call, rows: Rows, target: list[int | None]) -> Shape:
    """The target with the axis of the rows found: given as 0, as the fixed number of rows, or as -1."""
    before = math.prod(size for size in rows.shape[: rows.axis] if size is not None)
    candidates = [at for at, size in enumerate(target) if size is None]
    if not candidates and call.batch is not None:
        candidates += [at for at, size in enumerate(target) if size == call.batch]
    if not (candidates and target[candidates[0]] is None):
        candidates += [at for at, size in enumerate(target) if size == -1]
    for axis in candidates:
        others = [size for at, size in enumerate(target) if at != axis and size is not None]
        known = math.prod(size for size in others if size != -1)
        if others.count(-1) == 1 and known and rows.width % known == 0:
            others[others.index(-1)] = rows.width // known
        # Rows in one piece before and after: nothing but axes of size 1 may stand before theirs.
        if math.prod(others) == rows.width and before == 1 == math.prod(others[:axis]):
            return (*others[:axis], None, *others[axis:])
    shape = [-1 if size is None else size for size in target]
    return call.refuse(f"it gives {shown(rows.shape)} the shape {shape}, and {ROWS}")


@handles("Flatten")
def flatten(call: Call) -> Tensor:
    """Two axes: those before ``axis``, and the others."""
    rows = call.rows()
    axis = int(call.attribute("axis", 1))
    axis = axis + len(rows.shape) if axis < 0 else axis
    front = math.prod(size for size in rows.shape[:axis] if size is not None)
    if rows.axis != 0 or axis < 1 or front != 1:
        call.refuse(f"it flattens {shown(rows.shape)} at axis {axis}, and {ROWS}")
    return replace(rows, shape=(None, rows.width))


@handles("Squeeze", "Unsqueeze")
def squeeze(call: Call) -> Tensor:
    """Axes of size 1 removed or inserted."""
    rows = call.rows()
    rank = len(rows.shape)
    if call.op_type == "Unsqueeze":
        given = call.constant(1, "axes").ravel().tolist() if call.has(1) else call.attribute("axes")
        axes = _axes(call, rank + len(given)) or []
        rest = iter(rows.shape)
        shape = tuple(1 if at in axes else next(rest) for at in range(rank + len(axes)))
        return replace(rows, shape=shape)
    removed = _axes(call, rank)
    axes = [at for at, size in enumerate(rows.shape) if size == 1] if removed is None else removed
    if any(rows.shape[at] != 1 for at in axes):
        call.refuse(f"it removes axes {axes} of {shown(rows.shape)}, which are not all of size 1; {ROWS}")
    return replace(rows, shape=tuple(size for at, size in enumerate(rows.shape) if at not in axes))


@handles("Transpose")
def transpose(call: Call) -> Tensor:
    """Axes in another order; the columns change places where more than the rows' axis moves."""
    rows = call.rows()
    order = [_axis(call, axis, len(rows.shape)) for axis in call.attribute("perm", range(len(rows.shape))[::-1])]
    return moved(call.graph, rows, rows.columns().transpose(order), order.index(rows.axis))


@handles("Expand")
def expand(call: Call) -> Tensor:
    """Broadcasting to a shape, which may not name a number of rows."""
    rows, target = call.rows(), call.constant(1, "target shape").ravel().tolist()
    columns = rows.columns()
    sizes = [1] * (columns.ndim - len(target)) + target
    axis = rows.axis + len(sizes) - columns.ndim
    if sizes[axis] not in (1, call.batch):
        call.refuse(f"it expands {shown(rows.shape)} to {target}, and {ROWS}")
    sizes[axis] = 1
    shape = np.broadcast_shapes(columns.shape, tuple(sizes))
    return moved(call.graph, rows, np.broadcast_to(columns, shape), axis)


@handles("Gather")
def gather(call: Call) -> Tensor:
    """Columns by number; or entries of a constant by a computed number, which is how a classifier names its class."""
    source = call.tensor(0)
    axis = int(call.attribute("axis", 0))
    if isinstance(source, Const):
        return _chosen(call, source, axis)
    source = call.rows()
    indices = call.constant(1, "indices").astype(np.int64)
    axis = _axis(call, axis, len(source.shape))
    size = source.shape[axis]
    if size is None:
        call.refuse(f"it picks rows by number, and {ROWS}")
    if np.any((indices < -size) | (indices >= size)):
        call.refuse(f"it picks columns beyond the {size} of its input", "export the model again")
    columns = np.take(source.columns(), np.where(indices < 0, indices + size, indices), axis=axis)
    return moved(call.graph, source, columns, source.axis + (indices.ndim - 1 if axis < source.axis else 0))


def _chosen(call: Call, source: Const, axis: int) -> Tensor:
    index = call.numbers(1)
    if source.data.ndim != 1 or axis not in (0, -1) or index.width != 1:
        call.refuse("it looks up more than one entry of a constant for each row")
    return labelled(call, index, source.data)


def labelled(call: Call, index: Rows, entries: Index) -> Rows:
    """The entries of a constant that an index, computed from the rows, names."""
    value = index.value
    if value.dtype != "int32":
        value = call.add("cast", as_float(call.graph, index), dtype="int32")
    dtype = "str" if entries.dtype.kind in "OU" else entries.dtype.name
    return Rows(value, index.shape, dtype, classes=entries.tolist())


@handles("Slice")
def slice_(call: Call) -> Tensor:
    """A range of columns; bounds are attributes before opset 10, inputs since."""
    rows = call.rows()
    rank = len(rows.shape)
    if call.opset < 10:
        starts, ends, axes = call.attribute("starts"), call.attribute("ends"), call.attribute("axes")
        steps = None
    else:
        starts, ends, axes, steps = (
            call.constant(at, name).ravel().tolist() if call.has(at) else None
            for at, name in enumerate(("starts", "ends", "axes", "steps"), 1)
        )
    if starts is None or ends is None:
        call.refuse("its bounds are missing", "export the model again")
    where = [slice(None)] * rank
    for at, axis in enumerate(axes if axes is not None else range(len(starts))):
        axis = _axis(call, axis, rank)
        step = steps[at] if steps is not None else 1
        whole = starts[at] == 0 and ends[at] >= (call.batch or 2**31 - 1) and step == 1
        if axis == rows.axis and not whole:
            call.refuse(f"it takes some of the rows, and {ROWS}")
        # ONNX stops a backward range before -size - 1 at the start, which Python says with None.
        end = None if step < 0 and ends[at] < -(rows.shape[axis] or 1) else ends[at]
        where[axis] = slice(None) if axis == rows.axis else slice(starts[at], end, step)
    columns = rows.columns()[tuple(where)]
    if columns.size == 0:
        call.refuse("it leaves no columns")
    return moved(call.graph, rows, columns, rows.axis)


@handles("Split")
def split(call: Call) -> tuple[Tensor, ...]:
    """Consecutive groups of columns; sizes are an attribute before opset 13, an input since."""
    rows = call.rows()
    axis = _axis(call, int(call.attribute("axis", 0)), len(rows.shape))
    size, count = rows.shape[axis], len(call.outputs)
    if size is None:
        call.refuse(f"it splits the rows, and {ROWS}")
    sizes = call.constant(1, "sizes").ravel().tolist() if call.has(1) else call.attribute("split")
    count = int(call.attribute("num_outputs", count))
    if sizes is None:
        each = -(-size // count)
        sizes = [each] * (count - 1) + [size - each * (count - 1)]
    if sum(sizes) != size or min(sizes) < 1 or len(sizes) != len(call.outputs):
        call.refuse(f"it splits {size} columns into {sizes} for {len(call.outputs)} outputs", "export the model again")
    parts = np.split(rows.columns(), np.cumsum(sizes)[:-1], axis=axis)
    return tuple(moved(call.graph, rows, part, rows.axis) for part in parts)


@handles("Concat")
def concat(call: Call) -> Tensor:
    """Tensors side by side, along any axis but that of the rows."""
    given = [call.tensor(index) for index in range(len(call.inputs))]
    like = next((tensor for tensor in given if isinstance(tensor, Rows)), None) or call.rows()
    tensors = [_rows(call, tensor, index, like) for index, tensor in enumerate(given)]
    first = tensors[0]
    axis = _axis(call, int(call.attribute("axis", 1)), len(first.shape))
    others = {tuple(size for at, size in enumerate(tensor.shape) if at != axis) for tensor in tensors}
    if axis == first.axis or len(others) > 1 or len({tensor.dtype for tensor in tensors}) > 1:
        call.refuse(f"it joins {', '.join(shown(tensor.shape) for tensor in tensors)} along axis {axis}, and {ROWS}")
    return _joined(call, tensors, axis)


def _rows(call: Call, tensor: Tensor, index: int, like: Rows) -> Rows:
    """Input ``index`` as rows: of numbers if it is no text, repeated if it is a constant with an axis for the rows."""
    if isinstance(tensor, Const) and tensor.axis is not None:
        value = constant_rows(
            call,
            call.add("columns", as_float(call.graph, like), np.zeros(tensor.data.size, np.int32)),
            tensor.data.ravel(),
        )
        shape = tuple(None if at == tensor.axis else size for at, size in enumerate(tensor.data.shape))
        return Rows(value, shape, tensor.data.dtype.name)
    rows = call.rows(index)
    return call.numbers(index) if rows.classes is not None else rows


def _joined(call: Call, tensors: list[Rows], axis: int) -> Rows:
    first = tensors[0]
    dtype = "float64" if any(tensor.value.dtype == "float64" for tensor in tensors) else "float32"
    starts = np.cumsum([0, *(tensor.width for tensor in tensors[:-1])])
    columns = np.concatenate(
        [tensor.columns() + start for tensor, start in zip(tensors, starts, strict=True)], axis=axis
    )
    values = [as_float(call.graph, tensor, dtype) for tensor in tensors]
    width = sum(tensor.width for tensor in tensors)
    value = call.add("concat", *values, shape=(1, width)) if len(values) > 1 else values[0]
    vocabularies = sum((tensor.vocabularies or () for tensor in tensors), ())
    rows = Rows(value, (None, width), first.dtype, vocabularies=vocabularies or None)
    return moved(call.graph, rows, columns, first.axis)
