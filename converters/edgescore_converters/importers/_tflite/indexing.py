"""Operators that choose elements by indices, or write them there."""

from __future__ import annotations

import numpy as np

from edgescore_converters.ir import Array, Value

from ._call import Call, handles


@handles("GATHER")
def gather(c: Call) -> Value:
    x, at, axis, batch = c.x(), c.x(1), c.options.axis, c.options.batchDims
    axis, batch = axis % len(x.shape), batch % (len(at.shape) + 1) if batch < 0 else batch
    if not batch:
        shape = (*x.shape[:axis], *at.shape, *x.shape[axis + 1 :])
        return c.b.op("gather", x, at, shape=shape, quant=x.quant, axis=axis)
    # The axis goes behind those of the batch, and what was between them behind what is chosen, and back.
    between = list(range(batch, axis))
    behind = list(range(axis + 1, len(x.shape)))
    moved = c.b.transpose(x, [*range(batch), axis, *between, *behind])
    chosen = len(at.shape) - batch
    shape = (*at.shape, *moved.shape[batch + 1 :])
    y = c.b.op("gather_nd", moved, c.b.reshape(at, (*at.shape, 1)), shape=shape, quant=x.quant, batch_dims=batch)
    first = batch + chosen
    middle = range(first, first + len(between))
    order = [*range(batch), *middle, *range(batch, first), *range(first + len(between), len(shape))]
    y = c.b.transpose(y, order)
    y.quant = x.quant
    return y


@handles("GATHER_ND")
def gather_nd(c: Call) -> Value:
    x, at = c.x(), c.x(1)
    return c.b.op("gather_nd", x, at, shape=(*at.shape[:-1], *x.shape[at.shape[-1] :]), quant=x.quant)


@handles("EMBEDDING_LOOKUP")
def embedding_lookup(c: Call) -> Value:
    at, table = c.x(), c.x(1)
    shape = (*at.shape, *table.shape[1:])
    y = c.b.op("gather", table, at, shape=shape, quant=table.quant, axis=0)
    return c.b.dequantize(y) if y.quant is not None and not c.quantized else y


@handles("SCATTER_ND")
def scatter_nd(c: Call) -> Value:
    at, values, shape = c.x(), c.x(1), tuple(c.known(2).tolist())
    return scattered(c, np.zeros(shape, values.dtype), at, values, 1)


def scattered(c: Call, start: Array, at: Value, values: Value, reduction: int) -> Value:
    """``values`` put into ``start``; reduction: 0 none, 1 add, 2 mul, 3 min, 4 max."""
    return c.b.op("scatter_nd", start, at, values, shape=start.shape, reduction=reduction)


@handles("SEGMENT_SUM", "UNSORTED_SEGMENT_SUM", "UNSORTED_SEGMENT_PROD", "UNSORTED_SEGMENT_MIN", "UNSORTED_SEGMENT_MAX")
def segment(c: Call) -> Value:
    x, at, name = c.x(), c.x(1), c.operator.name
    count = int(c.known(1).max()) + 1 if name == "SEGMENT_SUM" else int(c.known(2).reshape(-1)[0])
    limits = np.finfo(x.dtype) if x.dtype.startswith("float") else np.iinfo(x.dtype)
    start, reduction = {"SUM": (0, 1), "PROD": (1, 2), "MIN": (limits.max, 3), "MAX": (limits.min, 4)}[
        name[-4:].lstrip("_")
    ]
    shape = (count, *x.shape[len(at.shape) :])
    return scattered(c, np.full(shape, start, x.dtype), c.b.reshape(at, (*at.shape, 1)), x, reduction)


@handles("DYNAMIC_UPDATE_SLICE")
def dynamic_update_slice(c: Call) -> Value:
    x, update, starts = c.x(), c.x(1), c.b.cast(c.x(2), "int32")
    inside = None
    for axis, (whole, size) in enumerate(zip(x.shape, update.shape)):
        if whole == size:
            continue
        start = c.b.part(starts, 0, axis, 1)
        start = c.b.binary("minimum", c.b.binary("maximum", start, np.int32(0)), np.int32(whole - size))
        place = c.b.binary("sub", np.arange(whole, dtype=np.int32), start)
        within = c.b.binary("less", place, np.int32(size))
        within = c.b.binary("logical_and", within, c.b.binary("less_equal", np.int32(0), place))
        within = c.b.reshape(within, [whole if at == axis else 1 for at in range(len(x.shape))])
        inside = within if inside is None else c.b.binary("logical_and", inside, within)
        place = c.b.binary("minimum", c.b.binary("maximum", place, np.int32(0)), np.int32(size - 1))
        shape = (*update.shape[:axis], whole, *update.shape[axis + 1 :])
        update = c.b.op("gather", update, place, shape=shape, quant=x.quant, axis=axis)
    return update if inside is None else c.b.op("where", inside, update, x, shape=x.shape, quant=x.quant)


@handles("REVERSE_SEQUENCE")
def reverse_sequence(c: Call) -> Value:
    x, lengths = c.x(), c.b.cast(c.x(1), "int32")
    batch, along = c.options.batchDim % len(x.shape), c.options.seqDim % len(x.shape)
    order = [batch, along, *[axis for axis in range(len(x.shape)) if axis not in (batch, along)]]
    moved = c.b.transpose(x, order)
    steps = np.arange(moved.shape[1], dtype=np.int32)
    back = c.b.binary("sub", c.b.binary("sub", c.b.reshape(lengths, (-1, 1)), np.int32(1)), steps)
    place = c.b.op("where", c.b.binary("less", back, np.int32(0)), steps, back, shape=back.shape)
    place = c.b.reshape(place, (*back.shape, 1))
    y = c.b.op("gather_nd", moved, place, shape=moved.shape, quant=x.quant, batch_dims=1)
    return c.b.transpose(y, np.argsort(order).tolist())


@handles("ONE_HOT")
def one_hot(c: Call) -> Value:
    x, depth = c.x(), int(c.known(1).reshape(-1)[0])
    axis = c.options.axis % (len(x.shape) + 1)
    codes = np.arange(depth).reshape([-1 if at == axis else 1 for at in range(len(x.shape) + 1)])
    wide = c.b.reshape(x, (*x.shape[:axis], 1, *x.shape[axis:]))
    found = c.b.binary("equal", wide, codes.astype(x.dtype))
    return c.b.op("where", found, c.x(2), c.x(3), shape=found.shape)


@handles("MATRIX_DIAG", "MATRIX_SET_DIAG")
def matrix_diag(c: Call) -> Value:
    x, diagonal = c.x(), c.x(len(c.inputs) - 1)
    wide = c.b.reshape(diagonal, (*diagonal.shape, 1))
    if c.operator.name == "MATRIX_DIAG":
        size = diagonal.shape[-1]
        shape, rest = (*diagonal.shape, size), c.b.constant(np.zeros((), x.dtype))
        kept = np.eye(size, dtype=bool)
    else:
        shape, rest = x.shape, x
        kept = np.eye(*x.shape[-2:], dtype=bool)
        wide = c.b.pad(wide, [0] * len(shape), [0] * (len(shape) - 2) + [shape[-2] - diagonal.shape[-1], 0])
    return c.b.op("where", c.b.constant(kept), wide, rest, shape=shape)
