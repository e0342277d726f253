"""Builds the graph of a network: operators on tensors of fixed shapes, constants folded on the way.

What all network importers share: shapes are worked out here, a node whose operands are all constants is computed by the
operator's own reference and never becomes a node, and steps that change nothing are left out. It knows the runtime's
operators, and refuses to know any source format.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgescore.format import schema
from edgescore.ops import OPS
from edgescore.ops.add_int8 import multipliers as sum_multipliers
from edgescore.ops.softmax_int8 import table as softmax_table
from edgescore_converters.errors import ConvertError
from edgescore_converters.evaluate import call
from edgescore_converters.ir import Array, Graph, Shape, Value, constant

from ._composed import NAMES, composed, in_wider

Quant = tuple[float, int]
LIMITS = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767), "int32": (-(2**31), 2**31 - 1)}
Operand = Value | Array | np.generic | float | None


class Builder:
    """A graph that grows; every method returns the value of its result, a constant where the operands are."""

    def __init__(self) -> None:
        self.graph = Graph()

    def op(
        self,
        name: str,
        *inputs: Operand,
        shape: Shape | None = None,
        dtype: str | None = None,
        quant: Quant | None = None,
        **params: Any,
    ) -> Value:
        """One operator of one output. shape, dtype: the output's, where the inputs leave a choice."""
        operands = [value if value is None or isinstance(value, Value) else _constant(value) for value in inputs]
        value = self._folded(name, operands, None if shape is None else [shape], dtype, params)[0]
        value.quant = quant
        return value

    def multi(self, name: str, *inputs: Operand, shapes: Sequence[Shape], **params: Any) -> list[Value]:
        """One operator of several outputs."""
        operands = [value if value is None or isinstance(value, Value) else _constant(value) for value in inputs]
        return self._folded(name, operands, shapes, None, params)

    def _folded(
        self,
        name: str,
        operands: list[Value | None],
        shapes: Sequence[Shape] | None,
        dtype: str | None,
        params: dict[str, Any],
    ) -> list[Value]:
        constants = all(value is None or value.data is not None for value in operands)
        if any(len(shape) > schema.MAX_RANK for shape in shapes or ()):
            raise ConvertError(f"{name} would make a tensor of more than {schema.MAX_RANK} dimensions")
        if any(_count(shape) > schema.MAX_BYTES for shape in shapes or ()):
            raise ConvertError(f"{name} would make a tensor of more than {schema.MAX_BYTES} elements")
        if not constants and any(size < 1 for shape in shapes or () for size in shape):
            raise ConvertError(f"{name} would make a tensor of no elements")
        graph = Graph() if constants else self.graph
        if len(OPS[name].outputs) > 1:
            results = graph.add_multi(name, *operands, shapes=shapes or [], **params)
        else:
            results = [graph.add(name, *operands, dtype=dtype, shape=shapes[0] if shapes else None, **params)]
        if not constants:
            return results
        with np.errstate(all="ignore"):
            found = call(graph.nodes[-1], [None if value is None else value.data for value in operands])
        return [constant(np.asarray(data)) for data in found]

    # --- values ---

    def constant(self, data: Any, dtype: str | None = None) -> Value:
        """A constant of ``data``."""
        return constant(np.asarray(data), dtype)

    def cast(self, x: Value, dtype: str) -> Value:
        """x in another dtype."""
        return x if x.dtype == dtype else self.op("cast", x, dtype=dtype)

    # --- the same elements, elsewhere ---

    def reshape(self, x: Value, shape: Sequence[int]) -> Value:
        """x under another shape of as many elements; one size may be -1."""
        sizes = [int(size) for size in shape]
        if -1 in sizes:
            known = int(np.prod([size for size in sizes if size != -1]))
            sizes[sizes.index(-1)] = _count(x.shape) // known
        if tuple(sizes) == x.shape:
            return x
        if _count(tuple(sizes)) != _count(x.shape):
            raise ValueError(f"{x.shape} has another number of elements than {tuple(sizes)}")
        return self.op("reshape", x, shape=tuple(sizes), quant=x.quant)

    def transpose(self, x: Value, order: Sequence[int]) -> Value:
        """Axis i of the result is axis order[i] of x."""
        order = [int(axis) % len(x.shape) for axis in order]
        if order == sorted(order):
            return x
        shape = tuple(x.shape[axis] for axis in order)
        kept = [axis for axis in order if x.shape[axis] != 1]
        if kept == sorted(kept):  # axes of one element move for nothing
            return self.reshape(x, shape)
        return self.op("transpose", x, np.asarray(order, np.int32), shape=shape, quant=x.quant)

    def slice(self, x: Value, starts: Sequence[int], sizes: Sequence[int], steps: Sequence[int] | None = None) -> Value:
        """Per axis ``sizes`` elements from ``starts`` on, ``steps`` apart (negative goes back). None of them are a
        constant."""
        steps = [1] * len(x.shape) if steps is None else steps
        if tuple(sizes) == x.shape and all(step == 1 for step in steps):
            return x
        if 0 in sizes:  # of no elements, which are known
            return self.constant(np.zeros(tuple(sizes), x.dtype))
        begins, strides = np.asarray(starts, np.int32), np.asarray(steps, np.int32)
        return self.op("slice", x, begins, strides, shape=tuple(map(int, sizes)), quant=x.quant)

    def part(self, x: Value, axis: int, start: int, size: int) -> Value:
        """``size`` elements of one axis."""
        starts, sizes = [0] * len(x.shape), list(x.shape)
        starts[axis], sizes[axis] = start, size
        return self.slice(x, starts, sizes)

    def concat(self, parts: Sequence[Value], axis: int) -> Value:
        """Parts side by side along an axis, in groups where a node could not hold them all."""
        axis %= len(parts[0].shape)
        parts = [part for part in parts if part.shape[axis]] or parts[:1]
        if len(parts) == 1:
            return parts[0]
        most = 64
        if len(parts) > most:
            parts = [self.concat(parts[at : at + most], axis) for at in range(0, len(parts), most)]
            return self.concat(parts, axis)
        shape = list(parts[0].shape)
        shape[axis] = sum(part.shape[axis] for part in parts)
        if any(part.data is not None for part in parts) and not all(part.data is not None for part in parts):
            parts = [self.computed(part) for part in parts]
        return self.op("concat", *parts, shape=tuple(shape), quant=parts[0].quant, axis=axis)

    def computed(self, x: Value) -> Value:
        """x as an activation, for operators that take no constants there."""
        return x if x.data is None else self.graph.add("copy", x, shape=x.shape)

    def expand(self, x: Value, shape: Sequence[int]) -> Value:
        """x repeated to ``shape`` by numpy's broadcasting."""
        wanted = tuple(np.broadcast_shapes(x.shape, tuple(int(size) for size in shape)))
        return x if wanted == x.shape else self.op("expand", x, shape=wanted, quant=x.quant)

    def pad(self, x: Value, before: Sequence[int], after: Sequence[int], value: float = 0.0, mode: int = 0) -> Value:
        """More elements before and behind each axis; negative amounts cut off. mode: 0 value, 1 reflect, 2 edge, 3
        wrap."""
        cut = [max(0, -b) for b in before], [max(0, -a) for a in after]
        x = self.slice(x, cut[0], [size - b - a for size, b, a in zip(x.shape, *cut)])
        before, after = [max(0, b) for b in before], [max(0, a) for a in after]
        if not any(before) and not any(after):
            return x
        shape = tuple(b + size + a for b, size, a in zip(before, x.shape, after))
        return self.op("pad", x, np.asarray(before, np.int32), shape=shape, quant=x.quant, value=value, mode=mode)

    # --- arithmetic ---

    def binary(self, name: str, a: Operand, b: Operand, **params: Any) -> Value:
        """An operator of two operands that broadcasts."""
        first, second = (value if isinstance(value, Value) else _constant(value) for value in (a, b))
        name = NAMES.get(name, name)
        wide = in_wider(self, name, [first, second], lambda operands: self.binary(name, *operands, **params))
        if wide is not None:
            return wide
        shape = tuple(np.broadcast_shapes(first.shape, second.shape))
        return self.op(name, first, second, shape=shape, **params)

    def unary(self, name: str, x: Value, **params: Any) -> Value:
        """An operator of one operand, element by element."""
        y = composed(self, name, x, params)
        y = y or in_wider(self, name, [x], lambda operands: self.unary(name, *operands, **params))
        return y or self.op(name, x, shape=x.shape, **params)

    def matmul(self, a: Value, b: Value) -> Value:
        """Matrix products over the last two axes, broadcast over the others."""
        shape = (*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1])
        return self.op("matmul", a, b, shape=shape)

    def reduce(self, name: str, x: Value, axes: Sequence[int], keep: bool) -> Value:
        """A reduction over axes."""
        chosen = {int(axis) % len(x.shape) for axis in axes}
        if not chosen:
            return x
        wide = in_wider(self, name, [x], lambda operands: self.reduce(name, operands[0], axes, keep))
        if wide is not None:
            return wide
        kept = [1 if axis in chosen else size for axis, size in enumerate(x.shape)]
        shape = kept if keep else [size for axis, size in enumerate(x.shape) if axis not in chosen]
        return self.op(name, x, shape=tuple(shape), axes=sum(1 << axis for axis in chosen))

    def over_last_axis(self, name: str, x: Value, axis: int, **params: Any) -> Value:
        """An operator of the last axis (softmax) over another one; shape kept."""
        rank = len(x.shape)
        axis %= max(rank, 1)
        order = [at for at in range(rank) if at != axis] + [axis]
        moved = self.transpose(x, order)
        flat = moved if rank >= 2 else self.reshape(moved, (1, _count(moved.shape)))
        result = self.reshape(self.unary(name, flat, **params), moved.shape)
        return self.transpose(result, np.argsort(order).tolist())

    # --- quantization ---

    def dequantize(self, x: Value) -> Value:
        """The real numbers that integers with a quantization stand for."""
        assert x.quant is not None
        return self.op("dequantize", x, dtype="float32", scale=x.quant[0], zero=x.quant[1])

    def quantize(self, x: Value, quant: Quant, dtype: str) -> Value:
        """Real numbers as integers of a quantization."""
        return self.op("quantize", x, dtype=dtype, quant=quant, scale=quant[0], zero=quant[1])

    def quantize_by_product(self, x: Value, quant: Quant, dtype: str) -> Value:
        """Real numbers times the inverse of the scale, which may round otherwise than the quotient."""
        lo, hi = LIMITS[dtype]
        multiplier = float(np.float32(1) / np.float32(quant[0]))
        return self.op("requantize", x, dtype=dtype, quant=quant, multiplier=multiplier, y_zero=quant[1], lo=lo, hi=hi)

    def requantize(
        self, x: Value, quant: Quant, dtype: str | None = None, limits: tuple[int, int] | None = None
    ) -> Value:
        """Integers of one quantization in another, between limits."""
        dtype = dtype or x.dtype
        lo, hi = limits or LIMITS[dtype]
        if x.quant == quant and x.dtype == dtype and (lo, hi) == LIMITS[dtype]:
            return x
        assert x.quant is not None
        multiplier = float(np.float32(x.quant[0]) / np.float32(quant[0]))
        return self.op(
            "requantize",
            x,
            dtype=dtype,
            quant=quant,
            multiplier=multiplier,
            x_zero=x.quant[1],
            y_zero=quant[1],
            lo=lo,
            hi=hi,
        )

    def softmax_int8(self, x: Value, beta: float, quant: Quant) -> Value:
        """softmax of beta * x over the last axis, in integers."""
        assert x.quant is not None
        flat = x if len(x.shape) >= 2 else self.reshape(x, (1, *x.shape))
        table = np.asarray(softmax_table(x.quant[0] * beta, x.dtype), np.uint32)
        y = self.op("softmax_int8", flat, table, shape=flat.shape, y_scale=quant[0], y_zero=quant[1])
        y = self.reshape(y, x.shape)
        y.quant = quant
        return y

    def mean_int8(self, x: Value, axes: Sequence[int], keep: bool, quant: Quant) -> Value:
        """The mean over axes, in integers."""
        assert x.quant is not None
        chosen = {int(axis) % len(x.shape) for axis in axes}
        kept = [1 if axis in chosen else size for axis, size in enumerate(x.shape)]
        shape = kept if keep else [size for axis, size in enumerate(x.shape) if axis not in chosen]
        count = int(np.prod([x.shape[axis] for axis in chosen]))
        lo, hi = LIMITS[x.dtype]
        return self.op(
            "reduce_mean_int8",
            x,
            shape=tuple(shape),
            quant=quant,
            axes=sum(1 << axis for axis in chosen),
            multiplier=x.quant[0] / (quant[0] * count),
            x_zero=x.quant[1],
            y_zero=quant[1],
            lo=lo,
            hi=hi,
        )

    def add_int8(self, a: Value, b: Value, quant: Quant, sign: int = 1, **limits: int) -> Value:
        """a + sign * b, in integers. Raises ValueError for scales too far from that of the sum."""
        assert a.quant is not None
        assert b.quant is not None
        scales = [np.float32(x.quant[0]) / np.float32(quant[0]) for x in (a, b) if x.quant is not None]
        first, second, shift = sum_multipliers(float(scales[0]), float(scales[1]) * sign)
        zeros = {"a_zero": a.quant[1], "b_zero": b.quant[1], "y_zero": quant[1]}
        params: dict[str, Any] = {"a_multiplier": first, "b_multiplier": second, "shift": shift, **zeros, **limits}
        return self.binary("add_int8", a, b, quant=quant, **params)

    # --- the ends ---

    def output(self, name: str, value: Value) -> None:
        """Declare an output; it becomes a tensor of its own."""
        taken = [port.value for port in self.graph.inputs + self.graph.outputs] + self.graph.states
        if value.data is not None:
            value = self.computed(value)
        elif any(value is other for other in taken):
            value = self.op("copy", value, shape=value.shape, quant=value.quant)
        self.graph.output(name, value)


def _constant(value: Any) -> Value:
    array = np.asarray(value)
    return constant(array if array.dtype.name in schema.DTYPE_BY_NAME else array.astype(np.float32))


def _count(shape: Shape) -> int:
    return int(np.prod(shape, dtype=np.int64))
