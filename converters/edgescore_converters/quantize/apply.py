"""Rewrites float dense layers into integer ones: quantize, dense_int8, table, dequantize.

Values between integer layers stay int8; a dequantized twin appears only where something else reads it. Refuses a layer
whose int32 sums could overflow. Choosing ranges is calibrate's work, deciding whether it was worth it __init__'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.errors import ConvertError
from edgescore_converters.evaluate import call
from edgescore_converters.ir import Graph, Node, Value
from edgescore_converters.layers import Layer

from .calibrate import HIGH, LOW, Affine

Floats = NDArray[np.float64]
INT32 = 2**31 - 1


@dataclass(frozen=True)
class Activation:
    """How a value becomes int8: ``affine`` of (real - shift) * factor, column by column; the readers undo the latter.

    mean: of (real - shift) * factor over the calibration rows, a number for each column.
    """

    affine: Affine
    mean: Floats
    shift: Floats | None = None
    factor: Floats | None = None


@dataclass
class Plan:
    """What becomes int8. layers: the dense layers; ``after`` holds only what is fused into them or made a table.

    activations: by value id, for the input, the clamped sum and the output of every layer.
    """

    layers: list[Layer]
    activations: Mapping[int, Activation]


def quantized(graph: Graph, plan: Plan) -> Graph:
    """A new graph with the layers of ``plan`` in int8. Raises ConvertError where int32 sums could overflow."""
    return _Rewriter(graph, plan).run()


def fused(layer: Layer) -> tuple[float, float, int]:
    """(lo, hi, count): the clamp of a dense node together with the ``count`` relu and clip nodes right after it."""
    lo, hi = float(layer.dense.params["lo"]), float(layer.dense.params["hi"])
    for count, node in enumerate(layer.after):
        if node.op not in ("relu", "clip"):
            return lo, hi, count
        low, high = (0.0, np.inf) if node.op == "relu" else (float(node.params["lo"]), float(node.params["hi"]))
        # Clamping twice clamps the first bounds by the second ones.
        lo, hi = min(max(lo, low), high), min(max(hi, low), high)
    return lo, hi, len(layer.after)


def fused_output(layer: Layer) -> Value:
    """What the dense node and the relu and clip nodes right after it give."""
    return (layer.after[: fused(layer)[2]] or [layer.dense])[-1].outputs[0]


class _Rewriter:
    """The new graph while it grows; ``real`` and ``int8`` find the twins of an old value in it."""

    def __init__(self, graph: Graph, plan: Plan) -> None:
        self.old, self.plan, self.new = graph, plan, Graph()
        self.real: dict[int, Value] = {}
        self.int8: dict[int, Value] = {}

    def run(self) -> Graph:
        layer_of = {id(layer.dense): layer for layer in self.plan.layers}
        inside = {id(node) for layer in self.plan.layers for node in layer.after}
        for port in self.old.inputs:
            self.real[id(port.value)] = replace(port.value)
            self.new.inputs.append(replace(port, value=self.real[id(port.value)]))
        for node in self.old.nodes:
            if id(node) in layer_of:
                self._layer(layer_of[id(node)])
            elif id(node) not in inside:
                self._copy(node)
        for port in self.old.outputs:
            self.new.outputs.append(replace(port, value=self._real(port.value)))
        return self.new

    def _copy(self, node: Node) -> None:
        operands = [value if value is None or value.data is not None else self._real(value) for value in node.inputs]
        outputs = [replace(value) for value in node.outputs]
        self.new.nodes.append(Node(node.op, operands, outputs, dict(node.params), node.origin))
        self.real.update((id(old), value) for old, value in zip(node.outputs, outputs))

    def _real(self, value: Value) -> Value:
        """The float twin of an old value, in the old dtype."""
        if id(value) not in self.real:
            affine = self.plan.activations[id(value)].affine
            x = self.new.add("dequantize", self.int8[id(value)], scale=affine.scale, zero=affine.zero)
            self.real[id(value)] = self.new.add("cast", x, dtype=value.dtype) if value.dtype != x.dtype else x
        return self.real[id(value)]

    def _int8(self, value: Value) -> Value:
        """The int8 twin of an old value."""
        if id(value) not in self.int8:
            how, x = self.plan.activations[id(value)], self._real(value)
            x = self.new.add("cast", x, dtype="float32") if x.dtype != "float32" else x
            if how.shift is not None:
                x = self.new.add("sub", x, how.shift)
            if how.factor is not None:
                x = self.new.add("mul", x, how.factor)
            self.int8[id(value)] = self.new.add(
                "quantize", x, dtype="int8", scale=how.affine.scale, zero=how.affine.zero, name=value.name
            )
        return self.int8[id(value)]

    def _layer(self, layer: Layer) -> None:
        lo, hi, count = fused(layer)
        sum_value = fused_output(layer)
        x, y = self.plan.activations[id(layer.x)], self.plan.activations[id(sum_value)].affine
        weights, bias, multiplier = _integers(layer, x, y)
        result = self.new.add(
            "dense_int8",
            self._int8(layer.x),
            weights,
            bias,
            multiplier,
            x_zero=x.affine.zero,
            y_zero=y.zero,
            lo=y.code(lo),
            hi=y.code(hi),
            name=sum_value.name,
        )
        if count < len(layer.after):
            table = table_of(layer.after[count:], y, self.plan.activations[id(layer.y)].affine)
            result = self.new.add("table", result, table, name=layer.y.name)
        self.int8[id(layer.y)] = result


def _integers(
    layer: Layer, x: Activation, y: Affine
) -> tuple[NDArray[np.int8], NDArray[np.int32], NDArray[np.float32]]:
    """Weights, bias and multipliers of dense_int8."""
    b = layer.b if x.shift is None else layer.b + layer.w @ x.shift
    w = layer.w if x.factor is None else layer.w / x.factor
    step = x.affine.scale
    # A bias that is large beside the weights would leave int32: the channel's scale grows until it fits.
    scale = np.maximum(np.abs(w).max(axis=1, initial=0.0) / HIGH, np.abs(b) / (step * 2.0**29))
    scale[scale == 0] = 1.0
    weights = np.rint(w / scale[:, None])
    # What rounding moves the sums by on average, the bias takes back.
    b = b + (w - weights * scale[:, None]) @ x.mean
    bias = np.rint(b / (step * scale)) - x.affine.zero * weights.sum(axis=1)
    if np.any(128 * np.abs(weights).sum(axis=1) + np.abs(bias) > INT32):
        name = layer.y.name or "dense"
        raise ConvertError(f"layer {name} has too many inputs ({w.shape[1]}) for int32 sums: keep it in float")
    return weights.astype(np.int8), bias.astype(np.int32), (step * scale / y.scale).astype(np.float32)


def table_of(nodes: Sequence[Node], x: Affine, y: Affine) -> NDArray[np.int8]:
    """The 256 answers of a chain of elementwise nodes between two int8 values, for -128 first."""
    real = np.asarray((np.arange(LOW, HIGH + 1) - x.zero)[None, :] * x.scale, np.float64)
    codes = np.clip(np.rint(follow(nodes, real) / y.scale), LOW - y.zero, HIGH - y.zero) + y.zero
    return np.asarray(codes[0], np.int8)


def follow(nodes: Sequence[Node], values: Floats) -> Floats:
    """What a chain of elementwise nodes makes of ``values``, in the nodes' own arithmetic; NaN becomes 0."""
    result = values.astype(nodes[0].outputs[0].dtype)
    with np.errstate(all="ignore"):
        for node in nodes:
            (result,) = call(node, [result])
    return np.nan_to_num(result.astype(np.float64), posinf=np.inf, neginf=-np.inf)
