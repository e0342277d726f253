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
    (thresholds, bin edges, categories). task: what accuracy means. float32: the source computes in float32, so that it
    and the device both round at every step. exact: what such a source would give if it did not round, in float64, for
    scores only; None where nobody can tell. again: the source asked in another way, where the first answer depends on
    more than the row: equal distances are told apart by rounding, or by the number of the machine's cores.
    """

    graph: Graph
    oracle: Oracle
    source: str
    task: Task
    probes: dict[int, NDArray[Any]] = field(default_factory=dict)
    float32: bool = False
    exact: Oracle | None = None
    again: Oracle | None = None
