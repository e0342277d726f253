"""Operators that move elements, choose them, or only speak of shapes."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgescore_converters.ir import Value

from ._call import Call, Refused, handles


@handles("Constant")
def constant(call: Call) -> Value:
    from ._constants import from_proto, has_nan

    tensor = call.attribute("value")
    value = from_proto(tensor) if tensor is not None else None
    if value is not None and has_nan(value):
        raise Refused("its value contains NaN", "export a checkpoint from before training diverged")
    for name, dtype in (("float", np.float32), ("int", np.int64)):
        for suffix in ("", "s"):
            found = call.attribute(f"value_{name}{suffix}")
            if found is not None:
                value = call.b.constant(np.asarray(found, dtype))
    if value is None:
        raise Refused("its value is text, sparse or of a type without a place in the format")
    return value


@handles("ConstantOfShape")
def constant_of_shape(call: Call) -> Value:
    from ._constants import MAX_GROWN, from_proto

    tensor = call.attribute("value")
    value = from_proto(tensor) if tensor is not None else call.b.constant(np.zeros(1, np.float32))
    sizes = call.known(0).tolist()
    if value is None or value.data is None or np.prod(sizes, dtype=np.float64) > MAX_GROWN:
        raise Refused(f"it makes a tensor of {sizes} elements, or of text")
    return call.b.constant(np.full(sizes, value.data.reshape(-1)[0]))


@handles("Shape")
def shape(call: Call) -> Value:
    sizes = np.asarray(call.x().shape, np.int64)
    return call.b.constant(sizes[slice(call.attribute("start", 0), call.attribute("end"))])


@handles("Size")
def size(call: Call) -> Value:
    return call.b.constant(np.asarray(np.prod(call.x().shape, dtype=np.int64)))


@handles("Reshape")
def reshape(call: Call) -> Value:
    x = call.x()
    sizes = call.numbers(1) if call.opset >= 5 else list(call.attribute("shape"))
    if not call.attribute("allowzero", 0):
        sizes = [x.shape[at] if size == 0 else size for at, size in enumerate(sizes)]
    return call.b.reshape(x, sizes)


@handles("Flatten")
def flatten(call: Call) -> Value:
    x = call.x()
    axis = int(call.attribute("axis", 1))
    axis = axis + len(x.shape) if axis < 0 else axis
    return call.b.reshape(x, (int(np.prod(x.shape[:axis])), int(np.prod(x.shape[axis:]))))


@handles("Squeeze")
def squeeze(call: Call) -> Value:
    x = call.x()
    axes = call.axes(1, len(x.shape))
    if axes is None:
        axes = [at for at, size in enumerate(x.shape) if size == 1]
    return call.b.reshape(x, [size for at, size in enumerate(x.shape) if at not in axes])


@handles("Unsqueeze")
def unsqueeze(call: Call) -> Value:
    x = call.x()
    given = call.attribute("axes") or call.numbers(1)
    rank = len(x.shape) + len(given)
    axes = {int(axis) % rank for axis in given}
    rest = iter(x.shape)
    return call.b.reshape(x, [1 if at in axes else next(rest) for at in range(rank)])


@handles("Transpose")
def transpose(call: Call) -> Value:
    x = call.x()
    return call.b.transpose(x, call.attribute("perm") or list(range(len(x.shape)))[::-1])


@handles("Concat")
def concat(call: Call) -> Value:
    parts = [call.x(at) for at in range(len(call.inputs))]
    return call.b.concat(parts, call.axis(1, len(parts[0].shape)))


@handles("Slice")
def slice_(call: Call) -> Value:
    x = call.x()
    rank = len(x.shape)
    if call.opset < 10:
        begins, ends = list(call.attribute("starts")), list(call.attribute("ends"))
        axes, steps = call.attribute("axes") or list(range(len(begins))), [1] * len(begins)
    else:
        begins, ends = call.numbers(1), call.numbers(2)
        axes = call.numbers(3) if call.has(3) else list(range(len(begins)))
        steps = call.numbers(4) if call.has(4) else [1] * len(begins)
    starts, sizes, strides = [0] * rank, list(x.shape), [1] * rank
    for begin, end, axis, step in zip(begins, ends, axes, steps):
        whole = x.shape[axis]
        if step < 0 and end < -whole:
            end = None
        chosen = range(*slice(begin, end, step).indices(whole))
        if not chosen:
            raise Refused("its result is empty", "export the model without it")
        starts[axis], sizes[axis], strides[axis] = chosen[0], len(chosen), step
    return call.b.slice(x, starts, sizes, strides)


@handles("Split")
def split(call: Call) -> list[Value]:
    x = call.x()
    axis = call.axis(0, len(x.shape))
    sizes = call.attribute("split") or (call.numbers(1) if call.has(1) else None)
    if sizes is None:
        count = int(call.attribute("num_outputs", call.outputs))
        each = -(-x.shape[axis] // count)
        sizes = [each] * (count - 1) + [x.shape[axis] - each * (count - 1)]
    if sum(sizes) != x.shape[axis] or min(sizes) < 1:
        raise Refused(f"it splits {x.shape[axis]} elements into {list(sizes)}", "export the model again")
    starts = np.cumsum([0, *sizes])
    return [call.b.part(x, axis, int(at), int(size)) for at, size in zip(starts, sizes)]


@handles("Pad")
def pad(call: Call) -> Value:
    x, mode = call.x(), call.attribute("mode", "constant")
    rank, value = len(x.shape), float(call.attribute("value", 0.0))
    if call.opset < 11:
        amounts = list(call.attribute("pads") or call.attribute("paddings"))
    else:
        amounts = call.numbers(1)
        value = float(call.known(2).reshape(-1)[0]) if call.has(2) else 0.0
    axes = [axis % rank for axis in call.numbers(3)] if call.has(3) else list(range(rank))
    before, after = [0] * rank, [0] * rank
    for at, axis in enumerate(axes):
        before[axis], after[axis] = amounts[at], amounts[at + len(axes)]
    return call.b.pad(x, before, after, value, {"constant": 0, "reflect": 1, "edge": 2, "wrap": 3}[mode])


@handles("Expand")
def expand(call: Call) -> Value:
    return call.b.expand(call.x(), call.numbers(1))


@handles("Tile")
def tile(call: Call) -> Value:
    x = call.x()
    if call.opset < 6:
        times = [1] * len(x.shape)
        times[call.numbers(2)[0]] = call.numbers(1)[0]
    else:
        times = call.numbers(1)
    wanted = tuple(size * count for size, count in zip(x.shape, times))
    if 0 in wanted:
        raise Refused("its result is empty")
    return x if wanted == x.shape else call.b.op("tile", x, shape=wanted)


@handles("DepthToSpace")
def depth_to_space(call: Call) -> Value:
    x, size = call.x(), int(call.attribute("blocksize"))
    n, c, h, w = x.shape
    if call.attribute("mode", "DCR") == "DCR":
        y = call.b.transpose(call.b.reshape(x, (n, size, size, c // size**2, h, w)), (0, 3, 4, 1, 5, 2))
    else:
        y = call.b.transpose(call.b.reshape(x, (n, c // size**2, size, size, h, w)), (0, 1, 4, 2, 5, 3))
    return call.b.reshape(y, (n, c // size**2, h * size, w * size))


@handles("SpaceToDepth")
def space_to_depth(call: Call) -> Value:
    x, size = call.x(), int(call.attribute("blocksize"))
    n, c, h, w = x.shape
    order = (0, 3, 5, 1, 2, 4) if call.attribute("mode", "DCR") == "DCR" else (0, 1, 3, 5, 2, 4)
    y = call.b.transpose(call.b.reshape(x, (n, c, h // size, size, w // size, size)), order)
    return call.b.reshape(y, (n, c * size**2, h // size, w // size))


@handles("CumSum")
def cumsum(call: Call) -> Value:
    x = call.x()
    axis = int(call.known(1).reshape(-1)[0]) % len(x.shape)
    flags: dict[str, Any] = {name: int(call.attribute(name, 0)) for name in ("exclusive", "reverse")}
    return call.b.op("cumsum", x, shape=x.shape, axis=axis, **flags)


@handles("ReverseSequence")
def reverse_sequence(call: Call) -> Value:
    x, lengths = call.x(), call.numbers(1)
    batch, time = int(call.attribute("batch_axis", 1)), int(call.attribute("time_axis", 0))
    rows = []
    for at, length in enumerate(max(length, 1) for length in lengths):
        row = call.b.part(x, batch, at, 1)
        starts, steps = [0] * len(x.shape), [1] * len(x.shape)
        starts[time], steps[time] = length - 1, -1
        sizes = list(row.shape)
        sizes[time] = length
        turned = call.b.slice(row, starts, sizes, steps)
        rest = [call.b.part(row, time, length, x.shape[time] - length)] if length < x.shape[time] else []
        rows.append(call.b.concat([turned, *rest], time))
    return call.b.concat(rows, batch)


@handles("Range")
def range_(call: Call) -> Value:
    """Of constants it is one, and never comes here."""
    for at in range(3):
        call.known(at)
    raise Refused("its limits have different types", "export the model again")


@handles("EyeLike")
def eye_like(call: Call) -> Value:
    from onnx import helper

    code = call.attribute("dtype")
    dtype = call.x().dtype if code is None else np.dtype(helper.tensor_dtype_to_np_dtype(code)).name
    rows, columns = call.x().shape
    return call.b.constant(np.eye(rows, columns, int(call.attribute("k", 0))), dtype)


@handles("Einsum")
def einsum(call: Call) -> Value:
    from ._einsum import einsum as build

    return build(call)
