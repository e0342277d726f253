"""The ends of an ONNX model: what its inputs become, the states that the device keeps, which outputs stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from edgescore.format import schema
from edgescore_converters.errors import ConvertError
from edgescore_converters.importers._builder import Builder
from edgescore_converters.importers._network import Sample
from edgescore_converters.ir import Array, Shape, Value, constant

BOUNDARY = ("float32", "float64", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "bool")
Scope = dict[str, Value | None]  # None: not to be had, because its node was refused


class Ends:
    """A model with what the user says of its inputs and outputs; see Importer."""

    def __init__(
        self,
        model: Any,
        name: str,
        shapes: Mapping[str, Sequence[int]],
        fixed: Mapping[str, Array],
        states: Mapping[str, str],
        wanted: Sequence[str] | None,
    ) -> None:
        self.model, self.name = model, name
        self.shapes, self.fixed, self.states, self.wanted = shapes, fixed, states, wanted
        self.b = Builder()
        self.values: Scope = {}
        self.state_values: dict[str, Value] = {}
        self.asked: set[str] = set()  # operands that should have been known

    def output_names(self) -> list[str]:
        """The outputs to keep, in the file's order; those that feed a state are kept only where named."""
        names = [info.name for info in self.model.graph.output]
        if self.wanted is None:
            return [name for name in names if name not in self.states.values()] or names
        missing = sorted(set(self.wanted) - set(names))
        if missing:
            raise ConvertError(f"{self.name} has no output {', '.join(missing)}; its outputs are {', '.join(names)}")
        return [name for name in names if name in self.wanted]

    def check_names(self) -> None:
        inputs = [info.name for info in self.model.graph.input]
        produced = {name for node in self.model.graph.node for name in node.output}
        for option, names in (("--shape", self.shapes), ("--const", self.fixed), ("--state", self.states)):
            missing = sorted(set(names) - set(inputs))
            if missing:
                known = ", ".join(inputs)
                raise ConvertError(f"{option} {missing[0]}: {self.name} has no such input; its inputs are {known}")
        missing = sorted(set(self.states.values()) - produced)
        if missing:
            raise ConvertError(f"--state: nothing in {self.name} computes {missing[0]}")

    def add_inputs(self) -> None:
        open_inputs = []
        for info in self.model.graph.input:
            if info.name in self.fixed:
                self.values[info.name] = self.fixed_value(info)
            elif info.name not in self.values:  # before IR version 4, weights were inputs too
                shape = self.input_shape(info)
                if shape is None:
                    open_inputs.append(info)
                else:
                    self.add_input(info, shape)
        if open_inputs:
            listed = ", ".join(f"{info.name} {_sizes(info)}" for info in open_inputs)
            raise ConvertError(
                f"{self.name} leaves sizes of {listed} open, and memory is planned for fixed ones; give them: "
                f"--shape {open_inputs[0].name}=1,..."
            )

    def fixed_value(self, info: Any) -> Value:
        dtype = _element(info)
        return constant(np.asarray(self.fixed[info.name], dtype))

    def input_shape(self, info: Any) -> Shape | None:
        """The shape, as given or as in the file; a first size that is open is one sample. None where others are."""
        if not info.type.HasField("tensor_type"):
            raise ConvertError(f"{self.name}: input {info.name} is no tensor; compute it outside the model")
        given = self.shapes.get(info.name)
        if given is not None:
            shape = tuple(int(size) for size in given)
            sizes = _sizes(info)
            fits = sizes is None or (
                len(sizes) == len(shape) and all(a in (None, b) or isinstance(a, str) for a, b in zip(sizes, shape))
            )
            if not fits:
                raise ConvertError(f"{self.name}: input {info.name} has the shape {sizes}, which {shape} does not fit")
            return shape
        sizes = _sizes(info)
        if sizes is None:
            return None
        if sizes and not isinstance(sizes[0], int):
            sizes = [1, *sizes[1:]]
        return tuple(sizes) if all(isinstance(size, int) for size in sizes) else None

    def add_input(self, info: Any, shape: Shape) -> None:
        dtype = _element(info)
        if dtype not in BOUNDARY:
            raise ConvertError(f"{self.name}: input {info.name} is {dtype}; export the model with float32 inputs")
        if 0 in shape:
            self.asked.add(info.name)
            raise ConvertError(f"{self.name}: input {info.name} has the shape {shape}, which holds nothing")
        if len(shape) > schema.MAX_RANK:
            raise ConvertError(
                f"{self.name}: input {info.name} has {len(shape)} dimensions, at most {schema.MAX_RANK} have a place"
            )
        if info.name in self.states:
            self.values[info.name] = self.state_values[info.name] = self.b.graph.state(info.name, shape, dtype)
        else:
            self.values[info.name] = self.b.graph.tensor_input(info.name, shape, dtype, nan=dtype.startswith("float"))

    def assign_states(self) -> None:
        """Write what feeds the states once all else is computed, and all before any: one may feed another."""
        pairs = [(name, self.state_source(name, source)) for name, source in self.states.items()]
        for name, value in pairs:
            if value is not self.state_values[name]:
                self.b.graph.assign(self.state_values[name], value)

    def state_source(self, name: str, source: str) -> Value:
        """The value that feeds a state, read before any state is written."""
        value, target = self.needed(source, "state"), self.state_values[name]
        if (value.shape, value.dtype) != (target.shape, target.dtype):
            raise ConvertError(
                f"--state {name}={source}: {source} is {value.dtype} {value.shape}, "
                f"{name} is {target.dtype} {target.shape}"
            )
        is_other = any(value is state for state in self.b.graph.states if state is not target)
        return self.b.graph.add("copy", value, shape=value.shape) if is_other or value.data is not None else value

    def needed(self, name: str, what: str) -> Value:
        value = self.values.get(name)
        if value is None:
            raise ConvertError(f"{self.name}: nothing computes the {what} {name}; export the model again")
        if 0 in value.shape:
            raise ConvertError(f"{self.name}: the {what} {name} has the shape {value.shape}, which holds nothing")
        return value

    def sample(self, rng: np.random.Generator) -> Sample:
        """Inputs at random: standard normal floats, the whole range of bytes, small whole numbers."""
        drawn = {}
        for port in self.b.graph.inputs:
            dtype, shape = np.dtype(port.value.dtype), port.value.shape
            if dtype.kind == "f":
                drawn[port.name] = rng.standard_normal(shape).astype(dtype)
            elif dtype.kind == "b":
                drawn[port.name] = rng.random(shape) < 0.5
            else:
                narrow = dtype.itemsize == 1
                low, high = (np.iinfo(dtype).min, np.iinfo(dtype).max) if narrow else (0, 3)
                drawn[port.name] = rng.integers(low, high, shape, dtype, endpoint=True)
        return drawn


def _element(info: Any) -> str:
    from onnx import helper

    code = info.type.tensor_type.elem_type
    try:
        return str(np.dtype(helper.tensor_dtype_to_np_dtype(code)).name)
    except KeyError:
        return f"of an unknown type ({code})"


def _sizes(info: Any) -> list[Any] | None:
    """Sizes of an input, names or None where they are open; None for no shape at all."""
    if not info.type.tensor_type.HasField("shape"):
        return None
    return [
        dim.dim_value if dim.HasField("dim_value") else dim.dim_param or None for dim in info.type.tensor_type.shape.dim
    ]
