"""Node and Nodes: operator calls in execution order, and who makes and who reads each value.

Nothing here takes longer in a large graph: the order is a linked list, and the index follows every change, as operands
are tuples that only Node's setters exchange. Knows values by identity alone; what they are is ir's to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from edgescore.ops import OPS, Op

if TYPE_CHECKING:
    from edgescore_converters.ir import Value


class Node:
    """One operator call; absent optional inputs are None. ``origin``: what it was packed from (a tree Ensemble,
    WeightSteps, IntegerKernel)."""

    def __init__(
        self,
        op: str,
        inputs: Iterable[Value | None],
        outputs: Iterable[Value],
        params: dict[str, Any] | None = None,
        origin: Any = None,
    ) -> None:
        self.op = op
        self.params = {} if params is None else params
        self.origin = origin
        self._inputs, self._outputs = tuple(inputs), tuple(outputs)
        self._home: Nodes | None = None

    @property
    def inputs(self) -> tuple[Value | None, ...]:
        """What it reads."""
        return self._inputs

    @inputs.setter
    def inputs(self, values: Iterable[Value | None]) -> None:
        self._exchange(tuple(values), self._outputs)

    @property
    def outputs(self) -> tuple[Value, ...]:
        """What it makes."""
        return self._outputs

    @outputs.setter
    def outputs(self, values: Iterable[Value]) -> None:
        self._exchange(self._inputs, tuple(values))

    def _exchange(self, inputs: tuple[Value | None, ...], outputs: tuple[Value, ...]) -> None:
        if self._home is not None:
            self._home._forget(self)
        self._inputs, self._outputs = inputs, outputs
        if self._home is not None:
            self._home._learn(self)

    def set_input(self, at: int, value: Value | None) -> None:
        """Read ``value`` as operand number ``at``."""
        self.inputs = (*self._inputs[:at], value, *self._inputs[at + 1 :])

    @property
    def record(self) -> Op:
        """The operator's record."""
        return OPS[self.op]


class Nodes:
    """Nodes in execution order, each once; one that is added leaves the Nodes it was in.

    Go through ``list(nodes)`` where that adds or removes some.
    """

    def __init__(self, nodes: Iterable[Node] = ()) -> None:
        # None is before the first node and behind the last.
        self._next: dict[Node | None, Node | None] = {None: None}
        self._previous: dict[Node | None, Node | None] = {None: None}
        self._makers: dict[Value, dict[Node, None]] = {}
        self._readers: dict[Value, dict[Node, None]] = {}
        for node in nodes:
            self.append(node)

    def __len__(self) -> int:
        return len(self._next) - 1

    def __contains__(self, node: Node) -> bool:
        return node in self._next

    def __iter__(self) -> Iterator[Node]:
        node = self._next[None]
        while node is not None:
            yield node
            node = self._next[node]

    def __reversed__(self) -> Iterator[Node]:
        node = self._previous[None]
        while node is not None:
            yield node
            node = self._previous[node]

    def __getitem__(self, at: int) -> Node:
        """The node number ``at``, counted from the nearer end where that is -1 or less; at once at both ends."""
        found = next(islice(self, at, None) if at >= 0 else islice(reversed(self), -1 - at, None), None)
        if found is None:
            raise IndexError(f"there are {len(self)} nodes, and none number {at}")
        return found

    def append(self, node: Node) -> None:
        """Add a node behind all others."""
        self._insert(node, None)

    def insert_before(self, place: Node, node: Node) -> None:
        """Add a node, or move it, right before ``place``."""
        self._insert(node, place)

    def insert_after(self, place: Node, node: Node) -> None:
        """Add a node, or move it, right behind ``place``."""
        self._insert(node, self._next[place])

    def replace(self, old: Node, new: Node) -> None:
        """Put ``new`` where ``old`` is."""
        self.insert_before(old, new)
        self.remove(old)

    def remove(self, node: Node) -> None:
        """Take a node out."""
        before, behind = self._previous.pop(node), self._next.pop(node)
        self._next[before], self._previous[behind] = behind, before
        self._forget(node)
        node._home = None

    def makers(self, value: Value) -> list[Node]:
        """The nodes that write ``value``, in the order in which they came to it: one, but for states and inputs."""
        return list(self._makers.get(value, ()))

    def readers(self, value: Value) -> list[Node]:
        """The nodes that read ``value``, each once, in the order in which they came to it."""
        return list(self._readers.get(value, ()))

    def _insert(self, node: Node, behind: Node | None) -> None:
        if node is behind:
            return
        if node._home is not None:
            node._home.remove(node)
        before = self._previous[behind]
        self._next[before] = self._previous[behind] = node
        self._previous[node], self._next[node] = before, behind
        node._home = self
        self._learn(node)

    def _learn(self, node: Node) -> None:
        for value in node.inputs:
            if value is not None:
                self._readers.setdefault(value, {})[node] = None
        for value in node.outputs:
            self._makers.setdefault(value, {})[node] = None

    def _forget(self, node: Node) -> None:
        for index, values in ((self._readers, node.inputs), (self._makers, node.outputs)):
            for value in values:
                if value is not None and value in index:
                    index[value].pop(node, None)
                    if not index[value]:
                        del index[value]
