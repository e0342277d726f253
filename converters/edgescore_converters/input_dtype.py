"""Chooses what rows are on the device when the user does not: float32, unless a decision needs more digits.

A source that compares float64 rows with float64 thresholds tells apart values that are one float32, and real data has
them: a threshold that is itself a value of the training data is met again. Sources that look at float32 (random forests
of scikit-learn, XGBoost, networks) and sums without decisions lose nothing but the last digit of the score.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from edgescore_converters.ensembles import ensembles
from edgescore_converters.errors import ConvertError
from edgescore_converters.importers import Imported
from edgescore_converters.ir import Graph

# Operators that compare, and which operand with.
COMPARED = {"bucketize": 2, "binarize": 1, "lookup": 2, "one_hot": 2}
COPIES = ("cast", "columns", "concat", "impute", "one_hot", "missing_indicator")  # give no number that was not there


def choose(load: Callable[[str], Imported], wanted: str) -> Imported:
    """``load(input_dtype)`` with the dtype ``wanted``, or with the narrowest that decides as the source when "auto"."""
    if wanted != "auto":
        return load(wanted)
    try:
        imported = load("float32")
    except ConvertError:  # a category or a sentinel may be no float32 number; float64 says what else there is
        return load("float64")
    return load("float64") if needs_float64(imported.graph) else imported


def needs_float64(graph: Graph) -> bool:
    """Whether rounding rows to float32 could send a row of the source's own float64 data down another branch."""
    computed = _computed_in_float64(graph)
    for x, ensemble in ensembles(graph):
        thresholds = ensemble.threshold[ensemble.feature >= 0]
        if id(x) in computed or (ensemble.compare_dtype == "float64" and not _fits_float32(thresholds)):
            return True
    scored = graph.leading_to(port.value for port in graph.outputs if port.role == "score")
    for node in graph.nodes:
        if node.op not in COMPARED or not any(id(value) in scored for value in node.outputs):
            continue  # a binarize that only names the class follows the scores it compares
        x, against = node.inputs[0], node.inputs[COMPARED[node.op]]
        if x is None or against is None or against.data is None or x.dtype != "float64":
            continue
        if id(x) in computed or not _fits_float32(against.data):
            return True
    return False


def _computed_in_float64(graph: Graph) -> set[int]:
    """Ids of the values that float64 arithmetic leads to."""
    computed: set[int] = set()
    for node in graph.nodes:
        inputs = [value for value in node.inputs if value is not None and value.data is None]
        arithmetic = node.op not in COPIES and any(value.dtype == "float64" for value in inputs)
        if arithmetic or any(id(value) in computed for value in inputs):
            computed.update(id(value) for value in node.outputs)
    return computed


def _fits_float32(values: Any) -> bool:
    with np.errstate(over="ignore"):
        return bool(np.all((values.astype(np.float32) == values) | np.isnan(values)))
