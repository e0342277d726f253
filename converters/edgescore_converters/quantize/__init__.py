"""Quantize: observe activations on data, calibrate their ranges, apply, and take the result only where it gains.

``quantize`` is the entry point; every way to choose ranges is applied and measured, and the best one kept. It refuses
steps that save no bytes, and steps that cost more of the metric than the recipe allows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from edgescore_converters.cost import judge, refused
from edgescore_converters.ensembles import ensembles, replace_ensembles
from edgescore_converters.errors import ConvertError
from edgescore_converters.ir import Array, Graph
from edgescore_converters.layers import Layer, dense_layers
from edgescore_converters.metric import Metric, sample
from edgescore_converters.steps import StepReport

from .apply import Activation, Floats, Plan, follow, fused, fused_output, quantized
from .calibrate import CHOOSE, Affine, mse
from .observe import observe
from .recipe import LEAF_BITS, PRESETS, Recipe, Rule

__all__ = ["PRESETS", "Recipe", "Rule", "quantize"]

# How inputs are brought to one range before they become int8: not at all, by a factor for each column, by that after a
# shift for each column. Columns of unequal size share the bits badly.
BALANCES = {"": "", "scaled": ", inputs scaled", "centred": ", inputs centred and scaled"}
# Each costs constants, so it has to be worth one bit: a quarter of the squared error.
WORTH = 0.25
# What 8-bit leaves may cost of the metric before 16-bit ones are taken, unless the recipe says.
LEAF_DROP = 0.002


def quantize(graph: Graph, recipe: Recipe, rows: Any, labels: Any = None) -> tuple[Graph, list[StepReport]]:
    """Make of ``graph`` what ``recipe`` asks for, and report each step.

    rows: calibration rows [n, columns], like those of training; at most MAX_ROWS of them are used, evenly spaced.
    labels: what they should give, to measure accuracy; without it the metric is agreement with ``graph``. Returns a new
    graph (``graph`` itself where every step was refused) and the steps, none for a lossless recipe. Raises ConvertError
    for rows or labels that do not fit the model, and for activations that are never finite on the rows.
    """
    given, truth = sample(rows, labels)
    metric = Metric(graph, given, truth)
    steps = []
    if layers := _chosen(graph, recipe):
        name, candidate = _best_layers(graph, layers, recipe, given, metric)
        step = judge(
            name, graph, candidate, (metric.name, metric.before.value, metric(candidate).value), recipe.max_drop
        )
        steps.append(step)
        graph = candidate if step.accepted else graph
    if recipe.leaf_bits is not None and ensembles(graph):
        for bits in sorted({recipe.leaf_bits, max(LEAF_BITS)}):
            candidate, step = _leaves(graph, bits, recipe, metric)
            steps.append(step)
            if step.accepted:
                return candidate, steps
    if recipe.lossy and not steps:
        steps.append(refused(f"recipe {recipe.name}", graph, metric, "the model has no layer or leaf that it names"))
    return graph, steps


def _leaves(graph: Graph, bits: int, recipe: Recipe, metric: Metric) -> tuple[Graph, StepReport]:
    """Leaves of all ensembles rounded to ``bits``; narrow ones must lose almost nothing, as wider ones are at hand."""
    name = f"{bits}-bit tree leaves"
    try:
        candidate = replace_ensembles(graph, lambda at: ensembles(graph)[at][1], f"int{bits}")
    except ConvertError as problem:
        return graph, refused(name, graph, metric, str(problem))
    limit = recipe.max_drop if recipe.max_drop is not None or bits == max(LEAF_BITS) else LEAF_DROP
    outcome = (metric.name, metric(graph).value, metric(candidate).value)
    return candidate, judge(name, graph, candidate, outcome, limit)


def _chosen(graph: Graph, recipe: Recipe) -> list[Layer]:
    """The layers to quantize, each with only those of its followers that become integers with it."""
    layers = [layer for layer in dense_layers(graph) if recipe.bits(layer.dense) == 8]
    read = {id(layer.x) for layer in layers}
    # A function after the last layer stays in float, where its answer is needed.
    return [layer if id(layer.y) in read else Layer(layer.dense, layer.after[: fused(layer)[2]]) for layer in layers]


def _best_layers(graph: Graph, layers: list[Layer], recipe: Recipe, rows: Array, metric: Metric) -> tuple[str, Graph]:
    """The quantized graph that errs least on the rows, and what was done to get it."""
    seen = observe(graph, rows, [value for layer in layers for value in (layer.x, fused_output(layer), layer.y)])
    entering = {id(layer.x) for layer in layers} - {id(layer.y) for layer in layers}
    # What goes into a table is rounded so that the table's answers err least, whatever is best for the rest.
    tables = {id(fused_output(layer)): layer.after[fused(layer)[2] :] for layer in layers}
    behind = {key: partial(mse, follow=partial(follow, nodes)) for key, nodes in tables.items() if nodes}
    best: tuple[float, str, Graph] | None = None
    for balance, note in BALANCES.items():
        found = []
        for ranges in recipe.ranges:
            activations = {
                key: _activation(values, balance if key in entering else "", behind.get(key, CHOOSE[ranges]))
                for key, values in seen.items()
            }
            candidate = quantized(graph, Plan(layers, activations))
            found.append((metric(candidate).error, f"int8 layers, ranges by {ranges}{note}", candidate))
        least = min(found, key=lambda item: item[0])
        if best is None or least[0] < WORTH * best[0]:
            best = least
    assert best is not None
    return best[1], best[2]


def _activation(values: Floats, balance: str, choose: Callable[[Floats], Affine]) -> Activation:
    shift = factor = None
    if balance == "centred":
        shift = (values.min(axis=0) + values.max(axis=0)) / 2
        values = values - shift
    if balance:
        largest = np.abs(values).max(axis=0)
        factor = 1 / np.where(largest > 0, largest, 1.0)
        values = values * factor
    return Activation(choose(values), values.mean(axis=0), shift, factor)
