"""Which form a tree ensemble takes in the file: `trees`, which is walked, with nodes of three words or the smaller ones
of one, or `tree_sweep`, 64 trees at once.

The last step before a graph is written: everything before it knows nodes of three words only. All forms give the same
sums bit for bit, so only speed and size decide, and who knows the device better can: with AVX2, AVX-512 or NEON a sweep
wins where the rule below says so; without them (other CPUs, Cortex-M) a walk always does.
"""

from __future__ import annotations

from edgescore_converters.errors import ConvertError
from edgescore_converters.importers._small_nodes import small_node
from edgescore_converters.importers._sweep_nodes import sweep_node
from edgescore_converters.importers._trees import Ensemble
from edgescore_converters.ir import Graph, Node, Value
from edgescore_converters.nodes import Nodes

# A sweep compares every split, a walk those on its way, about 1.3 log2(n) of n: beyond some leaves it wins again. Ranks
# of 64 runs are four registers of AVX2 and one table of NEON; with more the sweep loses its lead. Few trees leave lanes
# empty. (With 31 leaves and 32 runs AVX2 takes 57 instructions a tree to sweep, 135 to walk.)
MOST_LEAVES = 64
MOST_RUNS = 64
FEWEST_TREES = 16
FORMS = ("auto", "walk", "sweep", "small")


def choose_tree_form(graph: Graph, form: str = "auto") -> Graph:
    """A copy of ``graph`` whose ensembles are swept where that is faster and makes the file no larger.

    form: "auto", or "walk" for none, "sweep" for all that can be, or "small" for the form of the fewest bytes, whatever
    it costs in speed. Raises ConvertError for another.

    The rule of "auto": 16 trees or more, none with more than 64 leaves, tests in at most 64 runs (a feature is one,
    unless it has many thresholds or its tests send missing values to either side), and tables no larger than those of
    `trees`.
    """
    if form not in FORMS:
        raise ConvertError(f"trees={form!r}: it is one of {', '.join(FORMS)}")
    made = graph.copy()
    if form != "walk":
        choose = {"auto": _best, "sweep": _swept, "small": _smallest}[form]
        made.nodes = Nodes([choose(made, node) for node in made.nodes])
    return made


def _smallest(graph: Graph, node: Node) -> Node:
    if node.op != "trees" or not isinstance(node.origin, Ensemble):
        return node
    made = (node, _swept(graph, node), small_node(node))
    return min((each for each in made if each is not None), key=_bytes)


def _swept(graph: Graph, node: Node) -> Node:
    if node.op != "trees" or not isinstance(node.origin, Ensemble):
        return node
    return sweep_node(node, nan=_may_be_missing(graph, node.inputs[0])) or node


def _best(graph: Graph, node: Node) -> Node:
    if node.op != "trees" or not isinstance(node.origin, Ensemble) or len(node.origin.roots) < FEWEST_TREES:
        return node
    swept = sweep_node(node, nan=_may_be_missing(graph, node.inputs[0]))
    if swept is None or _bytes(swept) > _bytes(node):
        return node
    _, _, splits, _, kinds, *_ = swept.inputs
    assert splits is not None
    assert splits.data is not None
    assert kinds is not None
    return swept if int(splits.data.max()) < MOST_LEAVES and kinds.shape[0] <= MOST_RUNS else node


def _may_be_missing(graph: Graph, x: Value | None) -> bool:
    """Whether NaN can reach ``x``; the runtime refuses it where an input has no route for it."""
    for port in graph.inputs:
        if port.value is x:
            return port.nan or any(feature.nan for feature in port.features)
    return True


def _bytes(node: Node) -> int:
    return sum(value.data.nbytes for value in node.inputs if value is not None and value.data is not None)
