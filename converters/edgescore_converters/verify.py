"""Hold a written model against its source: rows made to find disagreements, and the verdict on each kind of them.

The rows that matter are those a random test set does not have: values at thresholds and one ulp to either side,
missing values, values far outside the training range, infinities, unseen categories. Rows that the source itself
refuses prove nothing and are counted as refused. This module scores through the runtime that ships, never through the
graph.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

import edgescore
from edgescore_converters.importers import Imported
from edgescore_converters.input_dtype import ARITHMETIC
from edgescore_converters.ir import Array, Feature, Graph

# Tolerance of scores: absolute up to 1, relative to the largest score of the output above.
TOLERANCE = 1e-6
FLOAT32_TOLERANCE = 1e-5  # where the source itself rounds to float32 at every step, in an order of its own
UNSEEN = "\N{REPLACEMENT CHARACTER}unseen"
MAX_PROBES = 20_000
BOUNDARY_ROWS, CUTS = 200, 6  # pairs of rows, and how often the way from one to the other is cut in two


@dataclass
class Group:
    """The rows of one kind.

    rows: compared. refused: by the source, so not compared. disagreements: rows with another class or with scores
    beyond the tolerance. labels_differ: rows with another class. worst: the largest score difference, in units of the
    output's scale. example: the first row that disagrees.
    """

    name: str
    rows: int = 0
    refused: int = 0
    disagreements: int = 0
    labels_differ: int = 0
    worst: float = 0.0
    example: list[Any] | None = None


@dataclass
class Verification:
    """The verdict over all groups."""

    source: str
    tolerance: float = TOLERANCE
    groups: list[Group] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows compared."""
        return sum(group.rows for group in self.groups)

    @property
    def disagreements(self) -> int:
        """Rows whose class differs or whose scores differ by more than the tolerance."""
        return sum(group.disagreements for group in self.groups)

    @property
    def labels_differ(self) -> int:
        """Rows whose class differs."""
        return sum(group.labels_differ for group in self.groups)

    @property
    def worst(self) -> float:
        """The largest score difference, scaled as the tolerance is."""
        return max((group.worst for group in self.groups), default=0.0)

    def to_dict(self) -> dict[str, Any]:
        """As it goes into the file's metadata."""
        return {
            "against": self.source,
            "rows": self.rows,
            "disagreements": self.disagreements,
            "labels_differ": self.labels_differ,
            "worst_difference": float(f"{self.worst:.3g}"),
            "tolerance": self.tolerance,
        }

    def __str__(self) -> str:
        text = f"{self.rows} rows compared with {self.source}: {self.disagreements} disagree"
        text += f", worst difference {self.worst:.2g}"
        bad = next((group for group in self.groups if group.disagreements), None)
        return text if bad is None else f"{text}; first among the rows {bad.name}: {bad.example}"


def verify(
    imported: Imported, data: bytes, given: Array | None = None, seed: int = 0, *, rounded: bool = True
) -> Verification:
    """Compare the model in ``data`` with its source.

    given: rows [n, columns] of the user's own, compared as well as generated ones. seed: of the generated rows.
    rounded: generated rows are in the dtype of the device's; else they show what it costs to round them.
    """
    model = edgescore.load(data)
    limits = _limits(imported.graph, given)
    verification = Verification(imported.source, FLOAT32_TOLERANCE if imported.float32 else TOLERANCE)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what frameworks say of overflow and column names in rows made to be odd
        for name, rows in row_groups(imported, given, np.random.default_rng(seed), rounded):
            verification.groups.append(_compare(imported, model, name, rows, verification.tolerance, limits))
    return verification


def row_groups(
    imported: Imported, given: Array | None, rng: np.random.Generator, rounded: bool = True
) -> Iterator[tuple[str, Array]]:
    """(kind, rows) to compare on; rows are object arrays where there are text columns, else float64."""
    graph = imported.graph
    columns = [feature for port in graph.inputs for feature in _features(port)]
    real = all(port.value.dtype == "float64" for port in graph.inputs)
    base = _base_rows(imported, columns, given, rng, 500, real or not rounded)
    if given is not None and len(given):
        yield "given", given
    yield "generated", base
    between = _between_classes(imported, base if given is None or not len(given) else given, columns, rng)
    if len(between):
        open_columns = [j for j, feature in enumerate(columns) if feature.categories is None]
        between[:, open_columns] = _rounded(between[:, open_columns].astype(np.float64), real or not rounded)
        yield "between classes", between
    probes = _probe_rows(imported, base, real, rng)
    if len(probes):
        yield "at thresholds", probes
    numeric = [j for j, feature in enumerate(columns) if not _is_text(feature)]
    if numeric:
        far = base[rng.integers(len(base), size=100)].copy()
        far[:, numeric] = _rounded(
            far[:, numeric].astype(float) * 10.0 ** rng.integers(1, 6, (100, len(numeric))), real
        )
        open_columns = [j for j in numeric if columns[j].categories is None]
        closed = [j for j in numeric if columns[j].categories is not None]
        if closed:
            far[:, closed] = base[:100, closed]
        yield "out of range", far
        exact = not ARITHMETIC.intersection(node.op for node in graph.nodes)
        for name, value in (
            ("infinite", np.inf),
            ("negative infinite", -np.inf),
            ("negative zero", -0.0),
            ("denormal", 1e-40),
        ):
            if open_columns and (exact or np.isfinite(value)):  # an infinite sum says nothing
                yield name, _with(base, open_columns, value, rng)
    routed = [j for j, nan in enumerate(port.nan or f.nan for port in graph.inputs for f in _features(port)) if nan]
    if routed:
        yield "missing", _with(base, routed, np.nan, rng)
    unseen = [j for j, feature in enumerate(columns) if feature.categories is not None and feature.unknown != "error"]
    if unseen:
        rows = base[rng.integers(len(base), size=100)].copy()
        for row in rows:
            j = int(rng.choice(unseen))
            row[j] = UNSEEN if _is_text(columns[j]) else 1 + max(float(c) for c in columns[j].categories or [0])
        yield "unseen categories", rows


def _between_classes(imported: Imported, known: Array, columns: list[Feature], rng: np.random.Generator) -> Array:
    """Rows near where one class ends and another begins: there a probability feels every rounding, elsewhere it is 0
    or 1 whatever is rounded.
    """
    open_columns = [j for j, feature in enumerate(columns) if feature.categories is None]
    label = next((at for at, port in enumerate(imported.graph.outputs) if port.role == "label"), None)
    if label is None or not open_columns:
        return np.empty((0, len(columns)))
    first, second = (known[rng.integers(len(known), size=BOUNDARY_ROWS)].copy() for _ in range(2))
    closed = [j for j in range(len(columns)) if j not in open_columns]
    second[:, closed] = first[:, closed]
    try:
        classes = np.ravel(imported.oracle(first)[label])
        apart = classes != np.ravel(imported.oracle(second)[label])
        first, second, classes = first[apart], second[apart], classes[apart]
        for _ in range(CUTS if len(first) else 0):
            middle = first.copy()
            share = rng.uniform(0.3, 0.7, (len(first), 1))  # halfway, two reference points can be equally near
            middle[:, open_columns] += share * (second[:, open_columns] - first[:, open_columns])
            same = np.ravel(imported.oracle(middle)[label]) == classes
            first[same], second[~same] = middle[same], middle[~same]
    except (ValueError, TypeError):  # the source refuses some of the rows; the other groups sort that out
        first = first[:0]
    return first


def _features(port: Any) -> list[Feature]:
    return port.features or [Feature(f"{port.name}[{j}]") for j in range(port.value.shape[-1])]


def _range(feature: Feature) -> tuple[float, float]:
    """Where nearly all training values were, as far as the source knows."""
    low, high = feature.low, feature.high
    return (-3.0 if low is None else low), (3.0 if high is None else high)


def _is_text(feature: Feature) -> bool:
    return feature.categories is not None and any(isinstance(c, (str, bool, np.bool_)) for c in feature.categories)


def _rounded(values: Array, real: bool) -> Array:
    """Values as the device gets them: float32 unless the input is declared float64."""
    with np.errstate(over="ignore"):
        return values if real else values.astype(np.float32).astype(np.float64)


def _base_rows(
    imported: Imported, columns: list[Feature], given: Array | None, rng: np.random.Generator, count: int, real: bool
) -> Array:
    out = np.empty((count, len(columns)), object if any(map(_is_text, columns)) else np.float64)
    for j, feature in enumerate(columns):
        if feature.categories is not None:
            out[:, j] = rng.choice(np.array([c for c in feature.categories if c == c], object), count)
        elif given is not None and len(given):
            out[:, j] = given[rng.integers(len(given), size=count), j]
        elif j in imported.probes and np.isfinite(imported.probes[j]).any():
            probes = imported.probes[j][np.isfinite(imported.probes[j])]
            margin = max(1e-3, 0.25 * np.ptp(probes))
            out[:, j] = _rounded(rng.uniform(probes.min() - margin, probes.max() + margin, count), real)
        else:
            low, high = _range(feature)
            out[:, j] = _rounded(rng.normal((low + high) / 2, max(high - low, 1e-6) / 6, count), real)
    return out


def _probe_rows(imported: Imported, base: Array, real: bool, rng: np.random.Generator) -> Array:
    """A row for every probe value of every feature, at the value and one ulp to either side."""
    dtype: Any = np.float64 if real else np.float32
    cells: list[tuple[int, float]] = []
    for j, values in imported.probes.items():
        with np.errstate(over="ignore"):
            exact = np.unique(values[np.isfinite(values)]).astype(dtype)
        around = (exact, np.nextafter(exact, dtype(-np.inf)), np.nextafter(exact, dtype(np.inf)))
        cells += [(j, float(value)) for value in np.concatenate(around)]
    if len(cells) > MAX_PROBES:
        cells = [cells[i] for i in rng.choice(len(cells), MAX_PROBES, replace=False)]
    rows = base[rng.integers(len(base), size=len(cells))].copy()
    for row, (j, value) in zip(rows, cells):
        row[j] = value
    return rows


def _with(base: Array, columns: Any, value: float, rng: np.random.Generator) -> Array:
    """Rows of ``base`` with some of ``columns`` set to ``value``."""
    rows = base[rng.integers(len(base), size=100)].copy()
    mask = np.zeros(rows.shape, bool)
    mask[:, list(columns)] = rng.random((len(rows), len(list(columns)))) < 0.2
    mask[np.arange(len(rows)), rng.choice(list(columns), len(rows))] = True
    rows[mask] = value
    return rows


def _compare(
    imported: Imported, model: edgescore.Model, name: str, rows: Array, tolerance: float, limits: Array
) -> Group:
    group = Group(name)
    try:
        expected = imported.oracle(rows)
    except (ValueError, TypeError):
        kept = [row for row in rows if _accepts(imported, row)]
        group.refused = len(rows) - len(kept)
        if not kept:
            return group
        rows = np.array(kept, rows.dtype)
        expected = imported.oracle(rows)
    group.rows = len(rows)
    outputs = outputs_of(model, imported.graph, rows)
    magnitude = _magnitude(imported.graph, rows, limits)
    allowed = tolerance * magnitude
    wrong = np.zeros(len(rows), bool)
    for port, want, have in zip(imported.graph.outputs, expected, outputs):
        want, have = np.asarray(want).reshape(len(rows), -1), np.asarray(have).reshape(len(rows), -1)
        if port.role == "label":
            differ = (want.astype(np.int64) != have).any(1) & (magnitude == 1.0)
            group.labels_differ += int(differ.sum())
        else:
            difference = _differences(want, have)
            group.worst = max(group.worst, float((difference / magnitude[:, None]).max(initial=0.0)))
            differ = (difference > allowed[:, None]).any(1)
        wrong |= differ
    group.disagreements = int(wrong.sum())
    if wrong.any():
        group.example = rows[int(np.argmax(wrong))].tolist()
    return group


def _differences(want: Array, have: Array) -> Array:
    """|want - have| in the device's dtype, in units of the output's scale; NaN equals NaN, an infinity itself."""
    finite = np.abs(want[np.isfinite(want)])
    scale = max(1.0, float(finite.max())) if finite.size else 1.0
    with np.errstate(invalid="ignore", over="ignore"):
        narrow = want.astype(have.dtype).astype(np.float64)
        difference = np.abs(narrow - have.astype(np.float64)) / scale
    difference[(narrow == have) | (np.isnan(narrow) & np.isnan(have))] = 0.0
    difference[np.isnan(difference)] = np.inf
    return difference


def _limits(graph: Graph, given: Array | None) -> Array:
    """The largest absolute value each column is known to take, from the source or the given rows; NaN for text."""
    limits = []
    for j, feature in enumerate(feature for port in graph.inputs for feature in _features(port)):
        if _is_text(feature):
            limits.append(np.nan)
            continue
        seen = np.zeros(0) if given is None else np.abs(given[:, j].astype(np.float64))
        known = max(map(abs, _range(feature)))
        limits.append(max(known, 1e-30, float(seen[np.isfinite(seen)].max(initial=0.0))))
    return np.array(limits)


def _magnitude(graph: Graph, rows: Array, limits: Array) -> Array:
    """How many times each row lies outside ``limits``, at least 1: rounding grows by as much."""
    factor = np.ones(len(rows))
    if not ARITHMETIC.intersection(node.op for node in graph.nodes):
        return factor
    for j in np.flatnonzero(np.isfinite(limits)):
        factor = np.fmax(factor, np.abs(rows[:, j].astype(np.float64)) / limits[j] / 2)
    return factor


def _accepts(imported: Imported, row: Array) -> bool:
    try:
        imported.oracle(row[None])
    except (ValueError, TypeError):
        return False
    return True


def outputs_of(model: edgescore.Model, graph: Graph, rows: Array) -> list[Array]:
    """Every output of the model for ``rows``, in the graph's order; labels as indices."""
    widths = [port.value.shape[-1] for port in graph.inputs]
    ends = np.cumsum([0, *widths])
    parts: Any = [rows[:, start:end] for start, end in pairwise(ends)]
    return model.outputs(parts[0] if len(parts) == 1 else parts)
