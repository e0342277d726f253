"""What rounding may cost a probability, where no rows were given that show it.

Rows made up are rarely between two classes, and elsewhere softmax and sigmoid give 0 or 1 whatever was rounded before
them. The sums that they take show it on any row: a sum of size m is off by about m * 2^-24 in float32, and the
probability by up to a quarter of that. Changes no graph.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edgescore_converters.evaluate import evaluate
from edgescore_converters.ir import Array, Graph, Port

SATURATING = ("softmax", "sigmoid")


def probability_error(
    source: Graph, rows: Array, exact: Callable[[Graph], Graph], have: Callable[[Graph], Graph]
) -> float:
    """The most that a probability may differ between ``have(source)`` and ``exact(source)``; 0 where none is computed.

    rows: [n, columns] of a usual size; between which classes they lie does not matter. exact, have: make of a graph one
    with the same outputs in an arithmetic of their own. The bound is for one step: p(1 - p) <= 1/4 times what two
    logits are off from each other, a sigmoid's from 0.
    """
    sums = source.copy()
    taken = [node for node in sums.nodes if node.op in SATURATING]
    sums.outputs = []
    for node in taken:
        assert node.inputs[0] is not None
        sums.outputs.append(Port("", node.inputs[0]))
    if not taken:
        return 0.0
    worst = 0.0
    for node, want, got in zip(taken, evaluate(exact(sums), rows), evaluate(have(sums), rows), strict=True):
        off = got.astype(np.float64) - want
        off = off[np.isfinite(off).all(axis=1)]
        if node.op == "sigmoid":
            off = np.concatenate([off, np.zeros((len(off), 1))], axis=1)
        worst = max(worst, float(np.ptp(off, axis=1).max(initial=0.0)) / 4)
    return worst
