"""The memory planner: a fixed arena offset for every activation.

Values whose distance in memory is fixed form a block: what an operator makes in place of its input, what a reshape or a
slice only looks at (a view), what a concat finds in its place already. Blocks are placed largest first, each at the
lowest offset where none of its values meets one that lives at the same time (greedy by size: Pisarchyk and Lee,
"Efficient memory management for deep neural net inference", arXiv 2001.03288), then again with the one that comes out
too high first; where that still needs more than the most that lives at one time, a branch and bound over the order
looks for less. All of it ends after a number of steps, so that the same graph gives the same plan everywhere. Inputs,
outputs, states and constants are not planned: they stay where the caller or the file has them.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from edgescore.format import schema
from edgescore_converters.ir import Graph, Node, Value

MAX_TRIALS, MAX_BLOCKS, MAX_STEPS = 32, 64, 20_000
MAX_NODES, MAX_GAPS = 16_000, 80_000  # looked at in all trials of views, in all rounds of placing


@dataclass
class Plan:
    """offsets: arena offset by value id; arena: bytes per row; lower_bound: the most that is live at one time, what
    views share counted once. states: offset of each of the graph's states; state: bytes of all of them.
    """

    offsets: dict[int, int]
    arena: int
    lower_bound: int
    states: list[int]
    state: int


def plan(graph: Graph) -> Plan:
    """Assign offsets; raises nothing: any graph can be planned.

    A view saves a copy and mostly memory, but it fixes a distance, and what it looks at cannot be written over. So each
    one at the peak, up to MAX_TRIALS (fewer of a large graph), is made a copy again where that makes the arena smaller.
    """
    facts = _Facts(graph)
    views = set(facts.views)
    best = _Layout(facts, views)
    best.place()
    trials = min(MAX_TRIALS, MAX_NODES // max(1, len(graph.nodes)))
    for at in [at for at in sorted(views) if best.is_at_peak(facts.nodes[at].outputs[0])][:trials]:
        trial = _Layout(facts, views - {at})
        if trial.bound < best.arena and trial.place(best.arena):
            best, views = trial, views - {at}
    best.search()
    offsets = {id(member.value): block.offset + member.start for block in best.blocks for member in block.members}
    starts = list(accumulate((schema.align(state.nbytes) for state in graph.states), initial=0))
    return Plan(offsets, best.arena, best.bound, starts[:-1], starts[-1])


class _Facts:
    """What is so under any plan. views: by node that can make some, its inputs that can be looked at and the byte of
    the output where each would be.
    """

    def __init__(self, graph: Graph):
        self.nodes = list(graph.nodes)
        external = {id(value) for value in [port.value for port in graph.inputs + graph.outputs] + graph.states}
        self.made = [[value for value in node.outputs if id(value) not in external] for node in graph.nodes]
        self.sizes = {id(value): value.nbytes for made in self.made for value in made}
        self.ends = {id(value): at for at, node in enumerate(graph.nodes) for value in node.inputs if value is not None}
        self.views: dict[int, list[tuple[int, int]]] = {}
        for at, node in [] if graph.is_rowwise() else enumerate(graph.nodes):
            if node.record.view is not None and self.made[at]:
                self.views[at] = self._places(node)

    def _places(self, node: Node) -> list[tuple[int, int]]:
        (output,) = node.outputs
        assert node.record.view is not None
        operands = [value if value is None or value.data is None else value.data for value in (*node.inputs, output)]
        unit = schema.DTYPE_BY_NAME[output.dtype].size
        return [
            (id(value), place * unit)
            for value, place in zip(node.inputs, node.record.view(*operands, **node.params))
            if place is not None and id(value) in self.sizes
        ]


@dataclass(eq=False, slots=True)
class _Member:
    """A value in a block: bytes ``start`` to ``end`` of it, live from node ``first`` to node ``last``."""

    value: Value
    start: int
    end: int
    first: int
    last: int

    def common(self, other: _Member) -> int:
        return max(0, min(self.end, other.end) - max(self.start, other.start))


class _Block:
    """Values whose distances from each other are fixed."""

    def __init__(self, member: _Member):
        self.members = [member]
        self.offset = 0

    def shift(self, distance: int) -> None:
        """Count from elsewhere."""
        for member in self.members:
            member.start += distance
            member.end += distance

    def settle(self) -> None:
        """Let it begin at 0, and its members in whole units of the alignment, so that no two blocks share a unit."""
        self.shift(-min(member.start for member in self.members))
        unit = schema.ALIGNMENT
        self.spans = [(m.start // unit * unit, -(-m.end // unit) * unit, m.first, m.last) for m in self.members]
        self.size = max(end for _, end, _, _ in self.spans)
        self.first = min(m.first for m in self.members)

    def changes(self) -> list[tuple[int, int]]:
        """(node, by how much the bytes of it in use change there), in order."""
        if len(self.spans) == 1:
            return [(self.first, self.size), (self.spans[0][3] + 1, -self.size)]
        found, before = [], 0
        live: list[tuple[int, int]] = []
        begins = [(first, True, (start, end)) for start, end, first, _ in self.spans]
        for at, begins_here, span in sorted(begins + [(last + 1, False, (s, e)) for s, e, _, last in self.spans]):
            if begins_here:
                insort(live, span)
            else:
                live.remove(span)
            covered = top = 0
            for start, end in live:
                if end > top:
                    covered += end - max(start, top)
                    top = end
            found.append((at, covered - before))
            before = covered
        return found


class _Sharing:
    """Finds the blocks of a graph, node after node.

    Two members of a block that have bytes in common and live at the same time hold the same there. So a node may write
    to a block only where nothing that it has not made itself is live, its inputs included unless it works in place.
    """

    def __init__(self, facts: _Facts):
        self.facts = facts
        self.members: dict[int, _Member] = {}
        self.blocks: dict[int, _Block] = {}  # of a value

    def step(self, at: int, is_view: bool) -> None:
        """Give the outputs of the node at ``at`` blocks: those of inputs where that is sound."""
        node, made = self.facts.nodes[at], self.facts.made[at]
        for value in made:
            member = _Member(value, 0, self.facts.sizes[id(value)], at, self.facts.ends.get(id(value), at))
            self.members[id(value)], self.blocks[id(value)] = member, _Block(member)
        for value in made:
            if is_view:
                self._view(self.members[id(value)], self.facts.views[at])
            elif node.record.inplace:
                self._in_place(node, value, at)

    def _view(self, made: _Member, places: list[tuple[int, int]]) -> None:
        """Put every input that can be there where the output has its elements."""
        wanted = [(self.members[key], place) for key, place in places]
        for member, place in wanted:
            block, other = self._block(made), self._block(member)
            if block is other:
                continue
            self._shift_smaller(block, other, made.start + place - member.start)
            there = [m for m, p in wanted if self._block(m) in (block, other) and m.start == made.start + p]
            clash = any(
                old.common(new) > (sum(old.common(m) for m in there) if new is made else 0)
                for new in block.members
                for old in other.members
                if old.first <= new.last and new.first <= old.last and old.start < new.end and new.start < old.end
            )
            if not clash:
                self._merge(block, other)

    def _in_place(self, node: Node, output: Value, at: int) -> None:
        """Give the output the memory of an input that nothing reads later, and nothing else lives in."""
        for value in node.inputs:
            member = self.members.get(id(value))
            if member is None or member.last != at or self.facts.sizes[id(value)] != self.facts.sizes[id(output)]:
                continue
            block = self._block(member)
            others = any(m.last >= at and m is not member and m.common(member) for m in block.members)
            if not others and sum(value is other for other in node.inputs) == 1:
                self.blocks[id(output)].shift(member.start)
                self._merge(block, self.blocks[id(output)])
                return

    def _block(self, member: _Member) -> _Block:
        return self.blocks[id(member.value)]

    @staticmethod
    def _shift_smaller(block: _Block, other: _Block, distance: int) -> None:
        """Move ``other`` by ``distance`` against ``block``: which of them counts from elsewhere is all the same."""
        if len(other.members) <= len(block.members):
            other.shift(distance)
        else:
            block.shift(-distance)

    def _merge(self, block: _Block, other: _Block) -> None:
        small, large = sorted((block, other), key=lambda each: len(each.members))
        large.members += small.members
        self.blocks.update((id(member.value), large) for member in small.members)

    def settled(self) -> list[_Block]:
        """All blocks, once each."""
        blocks = list({id(block): block for block in self.blocks.values()}.values())
        for block in blocks:
            block.settle()
        return blocks


class _Layout:
    """The blocks of a graph and their offsets. bound: the most that is live at one time; arena: what they need."""

    def __init__(self, facts: _Facts, views: Collection[int]):
        """Only the nodes at ``views`` make some."""
        sharing = _Sharing(facts)
        for at in range(len(facts.nodes)):
            sharing.step(at, at in views)
        self.blocks = sorted(sharing.settled(), key=lambda block: (-block.size, block.first))
        self._block_of = sharing.blocks
        changes = [0] * (len(facts.nodes) + 1)
        for block in self.blocks:
            for at, change in block.changes():
                changes[at] += change
        live = list(accumulate(changes))
        self.bound = max(live)
        self._peak = live.index(self.bound)
        self.arena = 0

    def is_at_peak(self, value: Value) -> bool:
        """Whether the block of ``value``, if it has one, is part of the bound."""
        block = self._block_of.get(id(value))
        return block is not None and any(first <= self._peak <= last for _, _, first, last in block.spans)

    def place(self, limit: int | None = None) -> bool:
        """The greedy offsets; False where they need ``limit`` or more, and then there are none."""
        self._apart = self._gaps()
        order = list(range(len(self.blocks)))
        rounds = MAX_GAPS // (1 + sum(map(len, self._apart)))
        for _ in range(max(1, min(MAX_TRIALS, rounds))):
            placed: dict[int, int] = {}
            height = 0
            for at in order:
                placed[at] = self._lowest(at, placed)
                height = max(height, placed[at] + self.blocks[at].size)
                if limit is not None and height >= limit:
                    order.remove(at)
                    order.insert(0, at)
                    break
            else:
                self._take(placed, height)
                limit = height
                if height <= self.bound:
                    break
                highest = max(order, key=lambda at: (placed[at] + self.blocks[at].size, at))
                order.remove(highest)
                order.insert(0, highest)
        return self.arena > 0

    def _gaps(self) -> list[list[tuple[int, int, int]]]:
        """By block: (another, low, high): its offset minus that of the other must not lie between low and high."""
        unit = schema.ALIGNMENT
        spans = [
            (first, last, at, start, end) for at, b in enumerate(self.blocks) for start, end, first, last in b.spans
        ]
        first, last, block, start, end = np.array(sorted(spans), np.int64).reshape(-1, 5).T
        # Sorted by their first node, the later ones that a span meets follow it up to its last node.
        counts = np.searchsorted(first, last, "right") - np.arange(len(first)) - 1
        a = np.repeat(np.arange(len(first)), counts)
        b = np.arange(len(a)) - np.repeat(np.cumsum(counts) - counts, counts) + a + 1
        a, b = (side[block[a] != block[b]] for side in (a, b))
        a, b = np.concatenate([a, b]), np.concatenate([b, a])
        # All pairs of blocks on one line, far from each other, so that what overlaps there is of one pair.
        far = 2 * int(end.max(initial=0)) // unit + 1
        pair = (block[a] * len(self.blocks) + block[b]) * far
        low, high = pair + (start[b] - end[a]) // unit, pair + (end[b] - start[a]) // unit
        order = np.argsort(low)
        low, reach = low[order], np.maximum.accumulate(high[order])
        begins = np.append(True, low[1:] >= reach[:-1])[: len(low)]
        low, high = low[begins], reach[np.append(begins[1:], True)[: len(low)]]
        pair = (low + far // 2) // far
        apart: list[list[tuple[int, int, int]]] = [[] for _ in self.blocks]
        columns = (*divmod(pair, len(self.blocks) or 1), (low - pair * far) * unit, (high - pair * far) * unit)
        for at, *gap in zip(*(column.tolist() for column in columns), strict=True):
            apart[at].append(tuple(gap))
        return apart

    def search(self) -> None:
        """Look for better offsets than those there are: any order of placing, given up where it comes out no lower."""
        steps = MAX_STEPS if len(self.blocks) <= MAX_BLOCKS else 0

        def descend(placed: dict[int, int], height: int) -> None:
            nonlocal steps
            steps -= 1
            if len(placed) == len(self.blocks):
                self._take(placed, height)
                return
            for at in range(len(self.blocks)):
                if at in placed or steps <= 0 or self.arena <= self.bound:
                    continue
                offset = self._lowest(at, placed)
                top = max(height, offset + self.blocks[at].size)
                if top < self.arena:
                    descend(placed | {at: offset}, top)

        if self.arena > self.bound:
            descend({}, 0)

    def _take(self, placed: dict[int, int], arena: int) -> None:
        self.arena = arena
        for at, offset in placed.items():
            self.blocks[at].offset = offset

    def _lowest(self, at: int, placed: dict[int, int]) -> int:
        """The lowest offset of block ``at`` that keeps it apart from those placed."""
        offset = 0
        for low, high in sorted((placed[n] + low, placed[n] + high) for n, low, high in self._apart[at] if n in placed):
            if offset <= low:
                break
            offset = max(offset, high)
        return offset
