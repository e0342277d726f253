"""Which part of a file is converted: what its outputs, or the tensors named instead, are computed from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edgescore_converters.errors import ConvertError

from ._file import Subgraph


def chosen(graph: Subgraph, names: Mapping[int, str], wanted: Sequence[str] | None, file: str) -> list[int]:
    """The tensors that become outputs: those of the file, or those ``wanted`` by name, in that order.

    names: of the outputs as their users know them. Raises ConvertError for a name that nothing computes.
    """
    if wanted is None:
        return graph.outputs
    known = {names[number]: number for number in reversed(graph.outputs)}
    inner: dict[str, int] = {}
    for operator in graph.operators:
        for number in operator.outputs:
            inner.setdefault(graph.tensors[number].name, number)
    missing = [name for name in wanted if name not in known and name not in inner]
    if missing:
        listed = ", ".join(names[number] for number in graph.outputs)
        raise ConvertError(f"nothing in {file} computes {', '.join(missing)}; its outputs are {listed}")
    return [known[name] if name in known else inner[name] for name in wanted]


def needed(graph: Subgraph, outputs: Sequence[int]) -> list[int]:
    """Numbers of the operators that ``outputs`` come from; those that have none of their own act on variables."""
    alive, kept = set(outputs), []
    for at in reversed(range(len(graph.operators))):
        operator = graph.operators[at]
        if not operator.outputs or not alive.isdisjoint(operator.outputs):
            alive.update(operator.inputs)
            kept.append(at)
    return kept[::-1]
