"""What the report of a network says beside the verdict: RAM next to its lower bound, and what transposes are left."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import edgescore
from edgescore_converters.errors import ConvertError
from edgescore_converters.importers._network import Network
from edgescore_converters.ir import Graph
from edgescore_converters.network import convert_network


def turning(rest: bool) -> Network:
    """x [1, 2, 3] turned once, and back again unless ``rest``."""
    graph = Graph()
    x = graph.tensor_input("x", (1, 2, 3))
    y = graph.add("transpose", graph.add("tanh", x), np.array([0, 2, 1]), shape=(1, 3, 2))
    if not rest:
        y = graph.add("transpose", y, np.array([0, 2, 1]), shape=(1, 2, 3))
    graph.output("y", graph.add("abs", y))

    def oracle(samples):  # type: ignore[no-untyped-def]
        found = [np.abs(np.tanh(sample["x"])) for sample in samples]
        return [[value.transpose(0, 2, 1) if rest else value] for value in found]

    return Network(graph, oracle, "by hand", lambda rng: {"x": rng.standard_normal((1, 2, 3)).astype(np.float32)})


def test_transposes_that_stay_are_counted() -> None:
    conversion = convert_network(turning(True))
    assert conversion.to_dict()["layout"] == {"transposes": 1, "bytes": 24}
    assert "1 transposes move 24 bytes" in str(conversion)


def test_transposes_that_vanish_are_not() -> None:
    conversion = convert_network(turning(False))
    assert conversion.to_dict()["layout"] == {"transposes": 0, "bytes": 0}
    assert "transposes" not in str(conversion)


def test_the_lower_bound_stands_next_to_the_arena() -> None:
    conversion = convert_network(turning(True))
    facts = conversion.to_dict()
    assert facts["arena_lower_bound"] == facts["arena"] == edgescore.load(conversion.data).describe()["arena"]
    assert f"no plan needs less arena than {facts['arena']}" in str(conversion)


def test_samples_given_are_enough_where_the_source_refuses_numbers_at_random() -> None:
    whole = turning(False)

    def picky(samples):  # type: ignore[no-untyped-def]
        if any((sample["x"] < 0).any() for sample in samples):
            raise ConvertError("the source takes no negative numbers")
        return whole.oracle(samples)

    network = replace(whole, oracle=picky)
    with pytest.raises(ConvertError, match=r"no negative numbers; give samples .*--calibrate"):
        convert_network(network)
    verification = convert_network(network, calibrate=np.ones((3, 2, 3), np.float32)).verification
    assert (verification.rows, verification.disagreements) == (3, 0)
    assert sum(group.refused for group in verification.groups) == 8
