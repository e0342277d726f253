"""What every importer hands back: the graph, and the source framework itself as the judge of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from numpy.typing import NDArray

from edgescore_converters.ir import Graph

Task = Literal["classification", "regression", "transform", "clustering", "anomaly"]
Oracle = Callable[[NDArray[Any]], list[NDArray[Any]]]


@dataclass
class Imported:
    """A source in the form that passes, verification and writer share.

    oracle: rows [n, columns] (float, or object where there are text columns, with the texts themselves) -> what the
    source framework gives for each output of the graph, in its order: scores [n] or [n, m], labels as int class indices
    [n]. source: framework, version and model, for people. probes: input values worth testing by feature index
    (thresholds, bin edges, categories). samples: rows [n, columns] of the training data that the model keeps. task:
    what accuracy means. float32: the source computes in float32, so that it and the device both round at every step.
    exact: what such a source would give if it did not round: scores in float64, and labels where it knows them, else
    -1; None where nobody can tell. doubts: of rows and what the source gives, which rows no rounding of the exact
    answers can explain, where exact is ours and needs such a check. again: the source asked in another way, where the
    first answer depends on more than the row: equal distances are told apart by rounding, or by the number of the
    machine's cores.
    """

    graph: Graph
    oracle: Oracle
    source: str
    task: Task
    probes: dict[int, NDArray[Any]] = field(default_factory=dict)
    samples: NDArray[Any] | None = None
    float32: bool = False
    exact: Oracle | None = None
    doubts: Callable[[NDArray[Any], list[NDArray[Any]]], NDArray[Any]] | None = None
    again: Oracle | None = None
