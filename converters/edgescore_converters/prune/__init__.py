"""Prune: remove hidden neurons and trees by their effect on given data, as many as asked for or as the metric allows.

``prune`` is the entry point; every way to remove is tried and measured, and the best one kept. It refuses steps that
gain nothing and steps that cost too much, on the rows given or on rows crossed from them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from edgescore_converters.cost import TIE, constant_bytes, gains, judge, refused
from edgescore_converters.ensembles import ensembles
from edgescore_converters.errors import ConvertError
from edgescore_converters.ir import Array, Graph
from edgescore_converters.metric import Measured, Metric, sample
from edgescore_converters.steps import StepReport

from .crossing import crossed
from .neurons import hidden_layers, near_decisions, remove_neurons
from .trees import TreeRemover

__all__ = ["prune"]

MOST = 0.95  # where a search starts that was given no fraction
HALVINGS = 6  # of the interval that holds the largest fraction

Way = Callable[[float], Graph]  # the graph without a fraction of something


@dataclass
class _Candidate:
    """A pruned graph, what was removed and how, and by how much each metric has fallen since before all pruning."""

    name: str
    fraction: float
    graph: Graph
    measured: list[Measured]
    drops: list[float]

    @property
    def drop(self) -> float:
        """The most that any metric has fallen."""
        return max(self.drops)


def prune(
    graph: Graph,
    rows: Any,
    labels: Any = None,
    fraction: float | None = None,
    max_accuracy_drop: float | None = None,
) -> tuple[Graph, list[StepReport]]:
    """Remove hidden neurons and trees of ``graph`` by their effect on data, without training.

    rows: [n, columns] like those of training; at most MAX_ROWS of them are used, evenly spaced. labels: what they
    should give; without it the metric is agreement with ``graph``. fraction: share of the hidden neurons, and of the
    trees or splits, to remove. max_accuracy_drop: the most that the metric may fall over all steps, both on ``rows``
    and on rows crossed from them (`crossing`), as rows of the training hardly show a loss; alone, as much is removed as
    it allows, with ``fraction`` at most that. Returns a new graph (``graph`` itself where every step was refused) and a
    report for each step, which tells the metric that fell most. Raises ConvertError where both are None or out of
    range, and for rows or labels that do not fit the model.
    """
    if fraction is None and max_accuracy_drop is None:
        raise ConvertError("pruning needs the fraction to remove (--prune) or what it may cost (--max-accuracy-drop)")
    if fraction is not None and not 0 <= fraction < 1:
        raise ConvertError(f"the fraction to remove lies between 0 and 1, 1 excluded; it is {fraction:g}")
    if max_accuracy_drop is not None and not max_accuracy_drop >= 0:
        raise ConvertError(f"the accuracy that may be lost is a share such as 0.005, not {max_accuracy_drop:g}")
    rows, labels = sample(rows, labels)
    metrics = _metrics(graph, rows, labels)
    allowed = np.inf if max_accuracy_drop is None else max_accuracy_drop + TIE
    values, steps = [metric.before.value for metric in metrics], []
    for ways in (_neurons, _trees):
        found = [
            _search(partial(_candidate, name, way, metrics), MOST if fraction is None else fraction, allowed)
            for name, way in ways(graph, rows).items()
        ]
        if not found:
            continue
        best = min(found, key=partial(_preference, graph, allowed))
        worst = int(np.argmax(best.drops))
        used = metrics[worst].before.value - values[worst]
        outcome = (metrics[worst].name, values[worst], best.measured[worst].value)
        step = judge(best.name, graph, best.graph, outcome, allowed - used)
        steps.append(step)
        if step.accepted:
            graph, values = best.graph, [measured.value for measured in best.measured]
    return graph, steps or [refused("prune", graph, metrics[0], "the model has neither hidden neurons nor trees")]


def _metrics(graph: Graph, rows: Array, labels: Any) -> list[Metric]:
    """The metric on the rows, and on rows crossed from them."""
    given = Metric(graph, rows, labels)
    mixed, source = crossed(rows, given.strata())
    # A row crossed within a class is of that class; a number for it is not known.
    truth = np.asarray(labels)[source] if labels is not None and given.decides else None
    return [given, Metric(graph, mixed, truth, " on crossed rows")]


def _neurons(graph: Graph, rows: Array) -> dict[str, Way]:
    """Ways to remove hidden neurons; none where there are none."""
    if not hidden_layers(graph):
        return {}
    everywhere, decisions = np.ones(len(rows)), near_decisions(graph, rows)
    return {
        "hidden neurons by refitted error": lambda share: remove_neurons(graph, rows, share, "backward", everywhere),
        "hidden neurons by refitted error near decisions": lambda share: remove_neurons(
            graph, rows, share, "backward", decisions
        ),
        "hidden neurons by size": lambda share: remove_neurons(graph, rows, share, "norm", everywhere),
    }


def _trees(graph: Graph, rows: Array) -> dict[str, Way]:
    """Ways to make tree ensembles smaller; none where there are none."""
    if not ensembles(graph):
        return {}
    remover = TreeRemover(graph, rows)
    return {
        "trees": lambda share: remover.without(share, 0.0),
        "splits": lambda share: remover.without(0.0, share),
        # Twice this share of what is left.
        "trees and splits": lambda share: remover.without(1 - (1 - share) ** 0.5, 1 - (1 - share) ** 0.5),
    }


def _candidate(name: str, way: Way, metrics: list[Metric], fraction: float) -> _Candidate:
    pruned = way(fraction)
    measured = [metric(pruned) for metric in metrics]
    drops = [metric.before.value - now.value for metric, now in zip(metrics, measured)]
    return _Candidate(f"remove {fraction:.1%} of the {name}", fraction, pruned, measured, drops)


def _search(make: Callable[[float], _Candidate], fraction: float, allowed: float) -> _Candidate:
    """``fraction``, or the largest below it that costs what is allowed; the smallest tried where none does."""
    best = make(fraction)
    if best.drop <= allowed:
        return best
    low, high = 0.0, fraction
    for _ in range(HALVINGS):
        candidate = make((low + high) / 2)
        if candidate.drop <= allowed:
            best, low = candidate, candidate.fraction
        else:
            best, high = (candidate if low == 0.0 else best), candidate.fraction
    return best


def _preference(graph: Graph, allowed: float, candidate: _Candidate) -> tuple[float, ...]:
    """Sorts candidates: gain within the limit first, then the smallest where there is a limit, then the least cost."""
    error = sum(measured.error for measured in candidate.measured)
    size = constant_bytes(candidate.graph) if np.isfinite(allowed) else 0
    return (not gains(graph, candidate.graph), candidate.drop > allowed, size, candidate.drop, error)
