"""The memory planner: a fixed arena offset for every activation.

Largest first, each at the lowest offset free during its lifetime (greedy by size, best fit: Pisarchyk and Lee,
"Efficient memory management for deep neural net inference", arXiv 2001.03288); where that needs more than the largest
sum of what lives at one time, a branch and bound over the order of placing them looks for less, MAX_STEPS long, so that
the same graph gives the same plan everywhere. An operator that may run in place takes its input's memory when that
input ends there. Inputs, outputs and constants are not planned: they stay where the caller or the file has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from edgescore.format import schema
from edgescore_converters.ir import Graph, Value

MAX_BLOCKS, MAX_STEPS = 64, 20_000


@dataclass
class Plan:
    """offsets: arena offset by value id; arena: bytes per row; lower_bound: the largest sum of live activations.
    states: offset of each of the graph's states; state: bytes of all of them.
    """

    offsets: dict[int, int]
    arena: int
    lower_bound: int
    states: list[int]
    state: int


@dataclass
class _Block:
    """Memory shared by a chain of values that run in place: live from node ``first`` to node ``last``."""

    size: int
    first: int
    last: int
    members: list[Value]
    offset: int | None = None

    def meets(self, other: _Block) -> bool:
        return self.first <= other.last and other.first <= self.last


def plan(graph: Graph) -> Plan:
    """Assign offsets; raises nothing: any graph can be planned."""
    external = {id(port.value) for port in graph.inputs + graph.outputs} | {id(state) for state in graph.states}
    ends = {id(value): at for at, node in enumerate(graph.nodes) for value in node.inputs if value is not None}
    blocks: list[_Block] = []
    block_of: dict[int, _Block] = {}
    for at, node in enumerate(graph.nodes):
        for value in node.outputs:
            if id(value) in external:
                continue
            size, last = schema.align(value.nbytes), ends.get(id(value), at)
            home = _in_place_home(node.inputs, value, block_of, ends, at) if node.record.inplace else None
            if home is None:
                home = _Block(size, at, last, [])
                blocks.append(home)
            home.members.append(value)
            home.last = max(home.last, last)
            block_of[id(value)] = home
    live = [sum(block.size for block in blocks if block.first <= at <= block.last) for at in range(len(graph.nodes))]
    _arrange(blocks, max(live, default=0))
    offsets = {id(value): block.offset or 0 for block in blocks for value in block.members}
    arena = max((offsets[id(value)] + block.size for block in blocks for value in block.members), default=0)
    starts = list(accumulate((schema.align(state.nbytes) for state in graph.states), initial=0))
    return Plan(offsets, arena, max(live, default=0), starts[:-1], starts[-1])


def _in_place_home(
    inputs: list[Value | None], output: Value, block_of: dict[int, _Block], ends: dict[int, int], at: int
) -> _Block | None:
    for value in inputs:
        if value is None or id(value) not in block_of or ends[id(value)] != at or value.nbytes != output.nbytes:
            continue
        if sum(value is other for other in inputs) == 1:
            return block_of[id(value)]
    return None


def _arrange(blocks: list[_Block], bound: int) -> None:
    """Give every block an offset: the greedy ones, or better ones that the search finds."""
    order = sorted(range(len(blocks)), key=lambda at: (-blocks[at].size, blocks[at].first))
    meets = [[other for other in order if other != at and blocks[other].meets(blocks[at])] for at in range(len(blocks))]
    placed: dict[int, int] = {}
    for at in order:
        placed[at] = _lowest(blocks, at, meets[at], placed)
    best, best_size = placed, _height(blocks, placed)
    if best_size > bound and len(blocks) <= MAX_BLOCKS:
        steps = MAX_STEPS

        def search(placed: dict[int, int], height: int) -> None:
            nonlocal best, best_size, steps
            steps -= 1
            if len(placed) == len(blocks):
                best, best_size = dict(placed), height
                return
            for at in order:
                if at in placed or steps <= 0 or best_size <= bound:
                    continue
                offset = _lowest(blocks, at, meets[at], placed)
                top = max(height, offset + blocks[at].size)
                if top < best_size:
                    search(placed | {at: offset}, top)

        search({}, 0)
    for at, offset in best.items():
        blocks[at].offset = offset


def _height(blocks: list[_Block], placed: dict[int, int]) -> int:
    return max((offset + blocks[at].size for at, offset in placed.items()), default=0)


def _lowest(blocks: list[_Block], at: int, neighbours: list[int], placed: dict[int, int]) -> int:
    """The lowest gap between the neighbours already placed that holds block ``at``."""
    offset = 0
    for start, end in sorted((placed[n], placed[n] + blocks[n].size) for n in neighbours if n in placed):
        if offset + blocks[at].size <= start:
            break
        offset = max(offset, end)
    return offset
