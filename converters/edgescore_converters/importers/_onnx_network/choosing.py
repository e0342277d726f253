"""Operators that choose elements by index, or put elements at indices."""

from __future__ import annotations

import numpy as np

from edgescore_converters.ir import Value

from ._call import Call, Refused, handles


@handles("Gather")
def gather(call: Call) -> Value:
    x, at = call.x(), call.x(1)
    axis = call.axis(0, len(x.shape))
    if at.data is not None and at.data.size == 1 and x.data is None:
        place = int(at.data.reshape(-1)[0]) % x.shape[axis]
        return call.b.reshape(call.b.part(x, axis, place, 1), (*x.shape[:axis], *at.shape, *x.shape[axis + 1 :]))
    return call.b.op("gather", x, at, shape=(*x.shape[:axis], *at.shape, *x.shape[axis + 1 :]), axis=axis)


@handles("GatherND")
def gather_nd(call: Call) -> Value:
    x, at = call.x(), call.x(1)
    batch = int(call.attribute("batch_dims", 0))
    rest = x.shape[batch + at.shape[-1] :]
    return call.b.op("gather_nd", x, at, shape=(*at.shape[:-1], *rest), batch_dims=batch)


@handles("GatherElements")
def gather_elements(call: Call) -> Value:
    x, at = call.x(), call.x(1)
    return call.b.op("gather_elements", x, at, shape=at.shape, axis=call.axis(0, len(x.shape)))


REDUCTION = {"none": 0, "add": 1, "mul": 2, "min": 3, "max": 4}


@handles("ScatterND")
def scatter_nd(call: Call) -> Value:
    how = REDUCTION[call.attribute("reduction", "none")]
    return call.b.op("scatter_nd", call.x(), call.x(1), call.x(2), shape=call.x().shape, reduction=how)


@handles("ScatterElements", "Scatter")
def scatter_elements(call: Call) -> Value:
    x, how = call.x(), REDUCTION[call.attribute("reduction", "none")]
    axis = call.axis(0, len(x.shape))
    return call.b.op("scatter_elements", x, call.x(1), call.x(2), shape=x.shape, axis=axis, reduction=how)


@handles("OneHot")
def one_hot(call: Call) -> Value:
    x, depth, values = call.x(), int(call.known(1).reshape(-1)[0]), call.x(2)
    axis = call.axis(-1, len(x.shape) + 1)
    codes = np.arange(depth).reshape([-1 if at == axis else 1 for at in range(len(x.shape) + 1)])
    wide = call.b.reshape(x, (*x.shape[:axis], 1, *x.shape[axis:]))
    if wide.dtype in ("int32", "int64"):
        shifted = call.b.binary("add", wide, np.asarray(depth, wide.dtype))
        negative = call.b.binary("less", wide, np.asarray(0, wide.dtype))
        wide = call.b.op("where", negative, shifted, wide, shape=wide.shape)
    found = call.b.binary("equal", wide, codes.astype(wide.dtype))
    off, on = call.b.part(values, 0, 0, 1), call.b.part(values, 0, 1, 1)
    return call.b.op("where", found, on, off, shape=found.shape)


@handles("Trilu")
def trilu(call: Call) -> Value:
    x = call.x()
    k = int(call.known(1).reshape(-1)[0]) if call.has(1) else 0
    mask = np.ones(x.shape[-2:], bool)
    mask = np.triu(mask, k) if call.attribute("upper", 1) else np.tril(mask, k)
    return call.b.op("where", mask, x, np.zeros((), x.dtype), shape=x.shape)


@handles("Compress")
def compress(call: Call) -> Value:
    x, axis = call.x(), call.attribute("axis")
    chosen = np.flatnonzero(call.known(1)).astype(np.int32)
    if not chosen.size:
        raise Refused("its result is empty", "export the model without it")
    x, axis = (call.b.reshape(x, (-1,)), 0) if axis is None else (x, int(axis) % len(x.shape))
    shape = (*x.shape[:axis], len(chosen), *x.shape[axis + 1 :])
    return call.b.op("gather", x, call.b.constant(chosen), shape=shape, axis=axis)
