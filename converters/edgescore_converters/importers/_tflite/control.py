"""Subgraphs that are called: written out in place, loops as often as they turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from edgescore_converters.importers._builder import Builder
from edgescore_converters.ir import Value

from ._call import Refused
from ._file import Operator

CONTROL = ("IF", "WHILE", "CALL", "STABLEHLO_COMPOSITE")
MOST_TURNS = 1024


class Caller(Protocol):
    """Who can write out a subgraph: ``inlined`` gives its results on values."""

    b: Builder

    def inlined(self, number: int, inputs: Sequence[Value | None]) -> list[Value]: ...


def called(caller: Caller, operator: Operator, inputs: list[Value | None]) -> list[Value]:
    """The results of an operator of CONTROL. Raises Refused where the input decides what would run."""
    o = operator.options
    if operator.name == "IF":
        return choice(caller, inputs, o.thenSubgraphIndex, o.elseSubgraphIndex)
    if operator.name == "WHILE":
        return loop(caller, inputs, o.condSubgraphIndex, o.bodySubgraphIndex)
    return caller.inlined(o.subgraph if operator.name == "CALL" else o.decompositionSubgraphIndex, inputs)


def choice(caller: Caller, inputs: list[Value | None], first: int, second: int) -> list[Value]:
    """One branch where the condition is known, else both, between whose results it chooses."""
    condition, b = inputs[0], caller.b
    if condition is None:
        raise Refused("its condition is absent", "export the model again")
    if condition.data is not None:
        return caller.inlined(first if condition.data.reshape(-1)[0] else second, inputs[1:])
    before = len(b.graph.states)
    both = list(zip(caller.inlined(first, inputs[1:]), caller.inlined(second, inputs[1:])))
    if len(b.graph.states) != before or any(x.shape != y.shape or x.quant != y.quant for x, y in both):
        raise Refused("its branches give different shapes, or remember something", "export one of the branches")
    flag = b.reshape(condition, ())
    return [b.op("where", flag, x, y, shape=x.shape, quant=x.quant) for x, y in both]


def loop(caller: Caller, values: list[Value | None], condition: int, body: int) -> list[Value]:
    """The values after the last turn."""
    for _ in range(MOST_TURNS):
        again = caller.inlined(condition, values)[0].data
        if again is None:
            raise Refused("how often it turns depends on the input", "export the model without the loop")
        if not again.reshape(-1)[0]:
            return [value for value in values if value is not None]
        values = list(caller.inlined(body, values))
    raise Refused(f"it turns more than {MOST_TURNS} times", "export the model without the loop")
