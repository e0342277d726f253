"""From a TreeModel to the nodes of its sums: the ensemble, with the stages that a few sources have around it.

All importers of trees share this; what follows the sums is `add_link` and `add_decision`.
"""

from __future__ import annotations

from edgescore_converters.ir import Graph, Value

from ._ensemble_nodes import add_ensemble
from ._tree_model import TreeModel
from ._tree_stages import Slopes


def add_sums(graph: Graph, x: Value, model: TreeModel, *, leaf_dtype: str | None = None) -> Value:
    """Append what leads from the source's columns `x` [1, n_features] to what `model.link` takes; returns that.

    `leaf_dtype` as in `add_ensemble`, but slopes, which meet large numbers, stay float64. Raises ConvertError as it.
    """
    given = x
    if model.matches:
        kind = model.ensemble.compare_dtype
        given = model.matches.nodes(graph, x if x.dtype == kind else graph.add("cast", x, dtype=kind))
    if isinstance(model.after, Slopes):
        leaf_dtype = "float64"
    raw = add_ensemble(graph, given, model.ensemble, leaf_dtype=leaf_dtype)
    return raw if model.after is None else model.after.nodes(graph, raw, x)
