"""What a graph costs (bytes of encoded constants, work per row), and the verdict on a lossy step: does it gain?

Refuses no graph; operators that only move or transform values count as no work.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from edgescore.format import schema
from edgescore.ops.tree_sweep import LANES
from edgescore_converters.importers._trees import Ensemble, walk
from edgescore_converters.ir import Graph, Node
from edgescore_converters.metric import Metric
from edgescore_converters.steps import StepReport

TIE = 1e-9  # 1 - 0.995 is a little more than 0.005


def constant_bytes(graph: Graph) -> int:
    """Bytes that the constants take in a file: aligned, equal ones stored once."""
    distinct = {value.data.tobytes() for value in graph.values() if value.data is not None}
    return sum(schema.align(len(data)) for data in distinct)


def work(graph: Graph) -> int:
    """Multiply-adds per row of layers, kernels and distances, plus the nodes that a row visits in trees at most."""
    return sum(_work(node) for node in graph.nodes)


def _work(node: Node) -> int:
    if isinstance(node.origin, Ensemble):
        return node_visits(node.origin)
    if node.op in ("dense", "dense_int8", "kernel_sum", "sqdist", "knn"):
        constants = [value for value in node.inputs[1:] if value is not None and len(value.shape) == 2]
        return sum(int(np.prod(value.shape)) for value in constants)
    return 0


def node_visits(trees: Ensemble) -> int:
    """Splits on the longest path of each tree, summed over the trees: what a row costs at most."""
    depth: Counter[int] = Counter()
    for nodes, numbers in walk(trees):
        depth.update(np.unique(numbers[trees.feature[nodes] >= 0]).tolist())
    return depth.total()


def worst_visits(graph: Graph) -> int | None:
    """Nodes that a row visits at most in the ensembles of ``graph``, as they are stored; None where there are none.

    A walk visits the splits on its way, so at most the longest path of each tree. A sweep visits all splits of each
    group of trees, as many for each tree as the largest has, whatever the row.
    """
    found = [node for node in graph.nodes if isinstance(node.origin, Ensemble)]
    return sum(_visits(node, node.origin) for node in found) if found else None


def _visits(node: Node, trees: Ensemble) -> int:
    if node.op != "tree_sweep":
        return node_visits(trees)
    splits, count = node.inputs[2], len(trees.roots)
    assert splits is not None
    assert splits.data is not None
    return sum(min(LANES, count - LANES * group) * most for group, most in enumerate(splits.data.tolist()))


def gains(before: Graph, after: Graph) -> bool:
    """Whether ``after`` is smaller or does less work, and neither is worse."""
    had, has = (constant_bytes(before), work(before)), (constant_bytes(after), work(after))
    return has != had and has[0] <= had[0] and has[1] <= had[1]


def refused(name: str, graph: Graph, metric: Metric, reason: str) -> StepReport:
    """The report of a step that could not be taken on ``graph``."""
    step = judge(name, graph, graph, (metric.name, metric(graph).value, metric(graph).value))
    step.reason = reason
    return step


def judge(
    name: str, before: Graph, after: Graph, metric: tuple[str, float, float], max_drop: float | None = None
) -> StepReport:
    """The report of a step that turns ``before`` into ``after``: refused where it gains nothing, or costs too much.

    metric: its name, and its value before and after. max_drop: the most it may fall; None = it is only reported.
    """
    metric_name, good, worse = metric
    report = StepReport(
        name, constant_bytes(before), constant_bytes(after), work(before), work(after), metric_name, good, worse, True
    )
    if not gains(before, after):
        report.accepted, report.reason = False, "gains neither bytes nor speed, or one only for the other"
    elif max_drop is not None and not good - worse <= max_drop + TIE:
        report.accepted, report.reason = False, f"{metric_name} falls by {good - worse:.4f}, more than {max_drop:g}"
    return report
