"""Tree ensembles: scikit-learn's own, and XGBoost's and LightGBM's estimators as steps of a pipeline.

The loaders beside this package make the normal form, shared code makes the nodes; here they meet the columns in flight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from edgescore_converters.importers._link_nodes import add_decision, add_link
from edgescore_converters.importers._model_nodes import add_sums
from edgescore_converters.importers._sklearn_trees import load_sklearn_trees
from edgescore_converters.importers._tree_model import TreeModel
from edgescore_converters.importers._tree_stages import numeric_probes
from edgescore_converters.importers._trees import Ensemble

from .builder import Builder
from .columns import Table
from .prediction import Prediction
from .registry import predictor

SINGLE = ("DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor")
FORESTS = ("RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor")
BOOSTED = ("GradientBoostingClassifier", "GradientBoostingRegressor")
HISTOGRAM = ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor")


def are_trees(members: Iterable[Any]) -> bool:
    """Whether all members are single trees, so that their ensemble has the normal form."""
    return all(hasattr(member, "tree_") for member in members)


@predictor(*SINGLE, *FORESTS, *BOOSTED, *HISTOGRAM, "IsolationForest")
def tree_model(b: Builder, est: Any, x: Table) -> Prediction:
    """The ensemble in normal form, its link and its decision. Constrained trees take no NaN, as in scikit-learn."""
    b.reads(est, x)
    if getattr(est, "monotonic_cst", None) is not None and type(est).__name__ not in HISTOGRAM:
        b.refuse_nan(x)
    outputs = getattr(est, "n_outputs_", 1) if hasattr(est, "classes_") else 1
    parts = [add_tree_model(b, est, load_sklearn_trees(est, number), x) for number in range(outputs)]
    return parts[0] if outputs == 1 else Prediction("classification", parts=parts)


@predictor("XGBClassifier", "XGBRegressor", "XGBRFClassifier", "XGBRFRegressor", routes_nan=True)
def xgboost(b: Builder, est: Any, x: Table) -> Prediction:
    """As XGBoost's own importer reads it."""
    from edgescore_converters.importers._xgboost_trees import load_xgboost

    if est.missing is not None and not np.isnan(est.missing):
        raise b.refusal(f"it takes {est.missing} for missing", "train with missing=nan")
    return add_tree_model(b, est, load_xgboost(est), x)


@predictor("LGBMClassifier", "LGBMRegressor", routes_nan=True)
def lightgbm(b: Builder, est: Any, x: Table) -> Prediction:
    """As LightGBM's own importer reads it."""
    from edgescore_converters.importers._lightgbm_trees import load_lightgbm

    return add_tree_model(b, est, load_lightgbm(est), x)


def add_tree_model(b: Builder, est: Any, model: TreeModel, x: Table) -> Prediction:
    """Append the sums, the link and the class, and remember the thresholds."""
    if model.encoders:
        x = _encoded(b, model.encoders, x)
    _remember(b, model.ensemble, x)
    # Only classes can tie; a mean of float32 leaves is as exact as a float32 prediction can say.
    leaf_dtype = "float32" if model.classes is None else None
    raw = add_sums(b.graph, x.value, model, leaf_dtype=leaf_dtype)
    y = add_link(b.graph, raw, model.link, model.link_params)
    if model.classes is None:
        return Prediction("regression", {"predict": b.wide(y)})
    label = add_decision(b.graph, raw, y, model.decision)
    if model.link == "isolation":
        return Prediction("anomaly", {"decision_function": b.wide(y)}, label, model.classes)
    scores = {"predict_proba": b.wide(y)}
    if hasattr(est, "decision_function"):  # of boosting: the sum, or the second class's less the first's
        scores["decision_function"] = b.affine(raw, [[-1.0, 1.0]]) if raw.shape[-1] == 2 else raw
    return Prediction("classification", scores, label, model.classes)


def _encoded(b: Builder, encoders: Mapping[int, Sequence[Any]], x: Table) -> Table:
    """Categories replaced by the numbers that the trees test; unseen ones are missing."""
    parts = []
    for j in range(x.width):
        column = b.select(x, [j])
        if j in encoders:
            keys = b.codes(x.columns[j], encoders[j], strict=False)
            places, ends = np.arange(len(keys)), np.asarray([0, len(keys)], np.int32)
            value = b.add("lookup", column.value, ends, keys, places, np.full(1, np.nan), None)
            column = Table(value)
        parts.append(column)
    return b.join(parts)


def _remember(b: Builder, ensemble: Ensemble, x: Table) -> None:
    probes = numeric_probes(ensemble, None)
    low, high = np.full(x.width, np.nan), np.full(x.width, np.nan)
    for j, thresholds in probes.items():
        b.probe(x.columns[j], thresholds)
        margin = np.ptp(thresholds) / 10 or 1.0
        low[j], high[j] = thresholds[0] - margin, thresholds[-1] + margin
    b.saw(x, low, high)
