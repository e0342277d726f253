"""The order of nodes and the index of values, held against lists and searches, after changes of every kind."""

from __future__ import annotations

import random

import pytest

from edgescore_converters.ir import Graph, Value
from edgescore_converters.nodes import Node, Nodes

VALUES = [Value("float32", (1, 1)) for _ in range(12)]


def check(nodes: Nodes, order: list[Node]) -> None:
    assert list(nodes) == order
    assert list(reversed(nodes)) == order[::-1]
    assert len(nodes) == len(order)
    assert [nodes[at] for at in range(len(order))] == order
    assert [nodes[-1 - at] for at in range(len(order))] == order[::-1]
    for value in VALUES:
        assert set(nodes.readers(value)) == {node for node in order if value in node.inputs}
        assert set(nodes.makers(value)) == {node for node in order if value in node.outputs}


def drawn(chance: random.Random) -> Node:
    return Node("add", chance.choices([*VALUES, None], k=2), chance.choices(VALUES, k=chance.randint(1, 2)))


@pytest.mark.parametrize("seed", range(8))
def test_order_and_index_follow_every_change(seed: int) -> None:
    chance = random.Random(seed)
    nodes, order = Nodes(), [drawn(chance)]
    nodes.append(order[0])
    for _ in range(300):
        node, place = drawn(chance), chance.choice(order)
        change = chance.choice(("append", "before", "after", "replace", "remove", "move", "inputs", "outputs", "input"))
        if change == "append":
            nodes.append(node)
            order.append(node)
        elif change == "before":
            nodes.insert_before(place, node)
            order.insert(order.index(place), node)
        elif change == "after":
            nodes.insert_after(place, node)
            order.insert(order.index(place) + 1, node)
        elif change == "replace":
            nodes.replace(place, node)
            order[order.index(place)] = node
        elif change == "remove" and len(order) > 1:
            nodes.remove(place)
            order.remove(place)
        elif change == "move":
            moved = chance.choice(order)
            nodes.insert_after(place, moved)
            if moved is not place:
                order.remove(moved)
                order.insert(order.index(place) + 1, moved)
        elif change == "inputs":
            place.inputs = node.inputs
        elif change == "outputs":
            place.outputs = node.outputs
        elif change == "input":
            place.set_input(1, chance.choice(VALUES))
        check(nodes, order)
        assert all(each in nodes for each in order)


def test_a_node_is_in_one_place_only() -> None:
    node, other = Node("relu", VALUES[:1], VALUES[1:2]), Node("relu", VALUES[1:2], VALUES[2:3])
    first = Nodes([node, other])
    second = Nodes([node])
    check(first, [other])
    check(second, [node])
    second.remove(node)
    node.inputs = VALUES[3:4]
    check(second, [])
    with pytest.raises(KeyError):
        second.remove(node)
    with pytest.raises(IndexError, match="1 nodes, and none number 1"):
        first[1]


def test_rewire_reaches_every_reader_and_output() -> None:
    graph = Graph()
    x = graph.input("x", 2)
    y = graph.add("relu", x)
    graph.output("y", graph.add("add", y, y))
    graph.output("z", y)
    graph.rewire(y, x)
    assert graph.consumers(y) == []
    assert graph.consumers(x) == [graph.nodes[0], graph.nodes[1]]
    assert graph.nodes[1].inputs == (x, x)
    assert graph.outputs[1].value is x
    assert graph.producer(graph.outputs[0].value) is graph.nodes[1]
