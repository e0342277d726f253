"""What a handler sees of one ONNX node: its operands as values of the graph under construction, its attributes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from edgescore_converters.importers._builder import Builder
from edgescore_converters.ir import Array, Value, WeightSteps

Result = Value | Sequence[Value | None]


class Refused(Exception):
    """The node cannot be converted: why, and what to do."""

    def __init__(self, reason: str, remedy: str = "export the model without it") -> None:
        self.reason, self.remedy = reason, remedy
        super().__init__(reason)


@dataclass
class Call:
    """One node. inputs: None where an optional one is absent. outputs: how many results the node names, absent ones in
    between included. opset: of the node's domain. asked: collects the names of operands that should have been known.
    steps: by id, constants that were integers.
    """

    b: Builder
    node: Any
    inputs: list[Value | None]
    opset: int
    asked: set[str] = field(default_factory=set)
    steps: dict[int, tuple[Value, WeightSteps]] = field(default_factory=dict)

    @property
    def outputs(self) -> int:
        """How many outputs the node has."""
        return len(self.node.output)

    def x(self, index: int = 0) -> Value:
        """An operand that must be there."""
        value = self.inputs[index] if index < len(self.inputs) else None
        if value is None:
            raise Refused(f"its operand {index} is absent", "export the model again")
        return value

    def has(self, index: int) -> bool:
        """Whether an optional operand is there."""
        return index < len(self.inputs) and self.inputs[index] is not None

    def wants(self, index: int) -> bool:
        """Whether an optional result is asked for."""
        return index < len(self.node.output) and bool(self.node.output[index])

    def known(self, index: int) -> Array:
        """The values of an operand that must be constant once shapes are fixed."""
        value = self.x(index)
        if value.data is None:
            self.asked.add(self.node.input[index])
            raise Refused(
                f"its operand {self.node.input[index]!r} is computed from the input, and shapes and axes must be known",
                f"fix it: --const {self.node.input[index]}=VALUE where it is an input, or export the model without it",
            )
        return value.data

    def mark(self, value: Value, axis: int) -> None:
        """Note at the node built last what its constant ``value`` was in integers; ``axis`` is of its outputs."""
        _, steps = self.steps.get(id(value), (value, None))
        if steps is not None and (steps.scale.size == 1 or steps.axis == axis):
            self.b.graph.nodes[-1].origin = steps

    def numbers(self, index: int) -> list[int]:
        """A constant operand as whole numbers."""
        return [int(number) for number in np.atleast_1d(self.known(index))]

    def attribute(self, name: str, default: Any = None) -> Any:
        """An attribute's value as ONNX's helper gives it, text as str."""
        from onnx import helper

        for attribute in self.node.attribute:
            if attribute.name == name:
                value = helper.get_attribute_value(attribute)
                if isinstance(value, bytes):
                    return value.decode()
                return (
                    [item.decode() for item in value]
                    if value and isinstance(value, list) and isinstance(value[0], bytes)
                    else value
                )
        return default

    def axes(self, index: int, rank: int) -> list[int] | None:
        """Axes given as an attribute, or in later opsets as an operand; None where neither is."""
        given = self.attribute("axes")
        if given is None and self.has(index):
            given = self.numbers(index)
        return None if given is None else [int(axis) % rank for axis in given]

    def axis(self, default: int, rank: int) -> int:
        """The attribute ``axis``, counted from the front."""
        axis = int(self.attribute("axis", default))
        if not -rank <= axis < max(rank, 1):
            raise Refused(f"it names axis {axis} of {rank}", "export the model again")
        return axis % max(rank, 1)


Handler = Callable[[Call], Result]
HANDLERS: dict[str, Handler] = {}


def handles(*names: str) -> Callable[[Handler], Handler]:
    """Register the handler of operators; those of other domains than ONNX's own have it in front: "com.microsoft.X"."""

    def register(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(names, handler))
        return handler

    return register
