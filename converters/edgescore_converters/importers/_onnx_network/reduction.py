"""Reductions, searches and matrix products."""

from __future__ import annotations

import numpy as np

from edgescore_converters.ir import Value

from ._call import Call, handles

PLAIN = {
    "ReduceSum": "reduce_sum",
    "ReduceMean": "reduce_mean",
    "ReduceMax": "reduce_max",
    "ReduceMin": "reduce_min",
    "ReduceProd": "reduce_prod",
}


@handles(*PLAIN, "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp")
def reduce(call: Call) -> Value:
    b, x, name = call.b, call.x(), call.node.op_type
    axes = call.axes(1, len(x.shape))
    keep = bool(call.attribute("keepdims", 1))
    if not axes:
        if axes is not None and call.attribute("noop_with_empty_axes", 0):
            return x
        axes = list(range(len(x.shape)))
    if name in PLAIN:
        if x.dtype == "bool":
            return b.cast(b.reduce(PLAIN[name], b.cast(x, "int32"), axes, keep), "bool")
        return b.reduce(PLAIN[name], x, axes, keep)
    if name == "ReduceL1":
        return b.reduce("reduce_sum", b.unary("abs", x), axes, keep)
    if name in ("ReduceL2", "ReduceSumSquare"):
        squares = b.reduce("reduce_sum", b.binary("mul", x, x), axes, keep)
        return squares if name == "ReduceSumSquare" else _in_float(call, "sqrt", squares)
    if name == "ReduceLogSum":
        return _in_float(call, "log", b.reduce("reduce_sum", x, axes, keep))
    largest = b.reduce("reduce_max", x, axes, True)
    total = b.unary("log", b.reduce("reduce_sum", b.unary("exp", b.binary("sub", x, largest)), axes, True))
    y = b.binary("add", total, largest)
    return y if keep else b.reshape(y, [size for at, size in enumerate(x.shape) if at not in axes])


def _in_float(call: Call, name: str, x: Value) -> Value:
    if x.dtype.startswith("float"):
        return call.b.unary(name, x)
    return call.b.cast(call.b.unary(name, call.b.cast(x, "float64")), x.dtype)


@handles("ArgMax", "ArgMin")
def arg(call: Call) -> Value:
    b, x = call.b, call.x()
    axis, keep = call.axis(0, len(x.shape)), bool(call.attribute("keepdims", 1))
    order = [at for at in range(len(x.shape)) if at != axis] + [axis]
    flat = b.reshape(b.transpose(x, order), (-1, x.shape[axis]))
    flat = flat if flat.dtype.startswith("float") else b.cast(flat, "float64")
    last = bool(call.attribute("select_last_index", 0))
    if last:
        flat = b.slice(flat, [0, x.shape[axis] - 1], flat.shape, [1, -1])
    found = b.cast(b.op(call.node.op_type.lower(), flat, shape=(flat.shape[0], 1)), "int64")
    if last:
        found = b.binary("sub", np.asarray(x.shape[axis] - 1, np.int64), found)
    shape = [1 if at == axis else size for at, size in enumerate(x.shape) if keep or at != axis]
    return b.reshape(found, shape)


@handles("TopK")
def top_k(call: Call) -> list[Value]:
    b, x = call.b, call.x()
    k = int(call.attribute("k")) if call.opset < 10 else call.numbers(1)[0]
    axis, rank = call.axis(-1, len(x.shape)), len(x.shape)
    order = [at for at in range(rank) if at != axis] + [axis]
    moved = b.transpose(x, order)
    shape = (*moved.shape[:-1], k)
    results = b.multi("top_k", moved, shapes=[shape, shape], largest=int(call.attribute("largest", 1)))
    return [b.transpose(y, np.argsort(order).tolist()) for y in results]


@handles("MatMul")
def matmul(call: Call) -> Value:
    return product(call, call.x(), call.x(1))


def product(call: Call, a: Value, w: Value) -> Value:
    """numpy's matmul; a constant matrix on the right makes a dense layer."""
    b = call.b
    if w.data is not None and len(w.shape) == 2 and len(a.shape) >= 2 and a.dtype in ("float32", "float64"):
        rows = b.reshape(a, (-1, a.shape[-1]))
        y = b.op("dense", rows, np.ascontiguousarray(w.data.T), None)
        if y.data is None:
            call.mark(w, 1)
        return b.reshape(y, (*a.shape[:-1], w.shape[1]))
    first, second = len(a.shape) == 1, len(w.shape) == 1
    a = b.reshape(a, (1, *a.shape)) if first else a
    w = b.reshape(w, (*w.shape, 1)) if second else w
    y = b.matmul(a, w)
    shape = list(y.shape)
    if second:
        shape.pop(-1)
    if first:
        shape.pop(-2 if not second else -1)
    return b.reshape(y, shape)


@handles("Gemm")
def gemm(call: Call) -> Value:
    b, x, w = call.b, call.x(), call.x(1)
    alpha, beta = float(call.attribute("alpha", 1.0)), float(call.attribute("beta", 1.0))
    x = b.transpose(x, (1, 0)) if call.attribute("transA", 0) else x
    w = w if call.attribute("transB", 0) else b.transpose(w, (1, 0))
    c = call.x(2) if call.has(2) else None
    if w.data is not None and w.dtype in ("float32", "float64") and (c is None or c.data is not None):
        bias = None
        if c is not None and c.data is not None and np.broadcast_shapes(c.shape, (1, w.shape[0])) == (1, w.shape[0]):
            bias, c = np.broadcast_to(c.data * np.asarray(beta, c.dtype), (1, w.shape[0]))[0], None
        scaled = w.data if alpha == 1.0 else w.data * np.asarray(alpha, w.dtype)
        y = b.op("dense", b.computed(x), scaled, bias)
        if alpha == 1.0:
            call.mark(call.x(1), 0 if call.attribute("transB", 0) else 1)
    else:
        y = b.matmul(x, b.transpose(w, (1, 0)))
        y = y if alpha == 1.0 else b.binary("mul", y, np.asarray(alpha, y.dtype))
    if c is not None:
        c = c if beta == 1.0 else b.binary("mul", c, np.asarray(beta, c.dtype))
        y = b.binary("add", y, c)
    return y
