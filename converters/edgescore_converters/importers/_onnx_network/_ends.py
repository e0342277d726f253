"""The ends of an ONNX model: what its inputs become, the states that the device keeps, which outputs stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from edgescore.format import schema
from edgescore_converters.errors import ConvertError
from edgescore_converters.importers._builder import Builder
from edgescore_converters.importers._network import Sample, drawn
from edgescore_converters.ir import Array, Shape, Value, constant

from ._indices import limits
from ._sizes import shapes

BOUNDARY = ("float32", "float64", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "bool")
Scope = dict[str, Value | None]  # None: not to be had, because its node was refused


class Ends:
    """A model with what the user says of its inputs and outputs; see Importer."""

    def __init__(
        self,
        model: Any,
        name: str,
        given: Mapping[str, Sequence[int]],
        fixed: Mapping[str, Array],
        states: Mapping[str, str],
        wanted: Sequence[str] | None,
    ) -> None:
        self.model, self.name = model, name
        self.shapes, self.fixed, self.states, self.wanted = given, fixed, states, wanted
        self.b = Builder()
        self.values: Scope = {}
        self.state_values: dict[str, Value] = {}
        self.asked: set[str] = set()  # operands that should have been known

    def output_names(self) -> list[str]:
        """The outputs to keep, in the file's order, then tensors inside; those that feed a state only where named."""
        names = [info.name for info in self.model.graph.output]
        if self.wanted is None:
            return [name for name in names if name not in self.states.values()] or names
        inside = {name for node in self.model.graph.node for name in node.output} - set(names)
        missing = sorted(set(self.wanted) - set(names) - inside)
        if missing:
            raise ConvertError(f"{self.name} has no output {', '.join(missing)}; its outputs are {', '.join(names)}")
        return [name for name in names if name in self.wanted] + [name for name in self.wanted if name in inside]

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
        infos = []
        for info in self.model.graph.input:
            if info.name in self.fixed:
                self.values[info.name] = self.fixed_value(info)
            elif info.name not in self.values:  # before IR version 4, weights were inputs too
                if not info.type.HasField("tensor_type"):
                    raise ConvertError(f"{self.name}: input {info.name} is no tensor; compute it outside the model")
                infos.append(info)
        for info, shape in zip(infos, shapes(infos, self.shapes, self.name).values()):
            self.add_input(info, shape)

    def fixed_value(self, info: Any) -> Value:
        dtype = _element(info)
        return constant(np.asarray(self.fixed[info.name], dtype))

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
        """Inputs at random, of indices all there are."""
        made = dict(drawn(self.b.graph, rng, most=3, whole=1))
        for name, most in limits(self.b.graph).items():
            made[name] = rng.integers(0, most, made[name].shape, made[name].dtype, endpoint=True)
        return made


def _element(info: Any) -> str:
    from onnx import helper

    code = info.type.tensor_type.elem_type
    try:
        return str(np.dtype(helper.tensor_dtype_to_np_dtype(code)).name)
    except KeyError:
        return f"of an unknown type ({code})"
