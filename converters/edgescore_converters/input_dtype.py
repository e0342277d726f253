"""Chooses what rows are on the device when the user does not: float32, unless a decision or a sum needs more digits.

A source that compares float64 rows with float64 thresholds tells apart values that are one float32, and real data has
them: a threshold that is itself a value of the training data is met again. That is decided here. Sums lose a digit of
the score, and how much that is only rows tell: `convert` measures it, widens the rows where it shows, and does not
narrow where nobody knows what the rows are like.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from edgescore_converters import integer_rows
from edgescore_converters.ensembles import ensembles
from edgescore_converters.errors import ConvertError
from edgescore_converters.importers import Imported, Network
from edgescore_converters.ir import Feature, Graph, Node, Value

# Operators that compare, and which operand with.
COMPARED = {"bucketize": 2, "binarize": 1, "lookup": 2, "one_hot": 2}
# The same where the input is summed first: which points are nearest.
DECIDING = {**COMPARED, "knn": 1}
NAMELESS = Feature("")
# Operators whose rounding errors grow with their inputs.
ARITHMETIC = {"dense", "kernel_sum", "sqdist", "knn", "add", "sub", "mul", "div", "power", "normalizer", "polynomial"}
COPIES = ("cast", "columns", "concat", "impute", "one_hot", "missing_indicator")  # give no number that was not there


def choose(load: Callable[[str], Imported | Network], wanted: str) -> Imported | Network:
    """``load(input_dtype)`` with the dtype ``wanted``, or with the narrowest that decides as the source when "auto".

    Integers are for tabular models only: a network's inputs are as the source has them.
    """
    if wanted in integer_rows.DTYPES:
        imported = choose(load, "auto")
        if isinstance(imported, Imported):
            integer_rows.take_integers(imported.graph, wanted)
        return imported
    if wanted != "auto":
        return load(wanted)
    try:
        imported = load("float32")
    except ConvertError:  # a category or a sentinel may be no float32 number; float64 says what else there is
        return load("float64")
    if isinstance(imported, Network):
        return imported  # its inputs are as the source has them
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
        if node.op not in DECIDING or not any(id(value) in scored for value in node.outputs):
            continue  # a binarize that only names the class follows the scores it compares
        value, against = node.inputs[0], node.inputs[DECIDING[node.op]]
        if value is None or against is None or against.data is None or value.dtype != "float64":
            continue
        if id(value) in computed or not _fits_float32(against.data):
            return True
    return False


def sums_of_unknown_size(graph: Graph) -> bool:
    """Whether float64 arithmetic meets an input column of which nobody said how large its values are."""
    if all(f.categories is not None or f.low is not None for port in graph.inputs for f in port.features or [NAMELESS]):
        return False
    numbers = {id(port.value) for port in graph.inputs}
    for node in graph.nodes:
        if node.op in COMPARED or node.op == "trees" or not any(id(value) in numbers for value in node.inputs):
            continue  # what was compared is a code or a sum of leaves, and as large as the model says
        if node.op in ARITHMETIC and any(value is not None and value.dtype == "float64" for value in node.inputs):
            return True
        numbers.update(id(value) for value in node.outputs)
    return False


def widen_rows(graph: Graph) -> None:
    """Make every float32 input of the graph float64."""
    for port in graph.inputs:
        narrow = port.value
        if narrow.dtype != "float32":
            continue
        port.value = Value("float64", narrow.shape, name=narrow.name)
        for node in graph.consumers(narrow):
            if node.op == "cast" and node.outputs[0].dtype == "float64":
                node.set_input(0, port.value)
        graph.nodes.insert_before(graph.nodes[0], Node("cast", [port.value], [narrow]))


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


def rows_dtype(graph: Graph) -> str:
    """The dtype that rows of all columns are made in: that of the inputs, the narrower float where they differ."""
    dtypes = {port.value.dtype for port in graph.inputs}
    return dtypes.pop() if len(dtypes) == 1 else "float32"
