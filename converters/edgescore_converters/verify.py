"""Hold a written model against its source: the comparison, and the verdict on each kind of rows.

The rows come from `verify_rows` and the certificate. Those that the source itself refuses prove nothing and are counted
as refused. This module scores through the runtime that ships, never through the graph.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

import edgescore
from edgescore_converters import early_exit
from edgescore_converters.certificate import Coverage, Loss, split_rows, upper_bound
from edgescore_converters.ensembles import ensembles
from edgescore_converters.importers import Imported
from edgescore_converters.input_dtype import ARITHMETIC, rows_dtype
from edgescore_converters.ir import Array, Graph
from edgescore_converters.verify_rows import features_of, is_text, range_of, row_groups

# Tolerance of scores: absolute up to 1, relative to the largest score of the output above.
TOLERANCE = 1e-6
FLOAT32_TOLERANCE = 1e-5  # where the source rounds sums to float32, and the evaluator does not say what it rounds
BLOCK_ROWS = 20_000  # compared at once
EXAMPLES = 3  # rows kept of those that changed


@dataclass
class Group:
    """The rows of one kind.

    rows: compared. refused: by the source, so not compared. disagreements: rows with another class or with scores
    beyond the tolerance. labels_differ: rows with another class. worst: the largest score difference, in units of the
    output's scale. error: the same from what the source would give in float64, where that is known. source_rounds: rows
    that agree only with that, so that what sets them apart is the source's own rounding; source_error: the most by
    which it does. ties: rows that agree only with the source asked again, its answers being two. example: the first
    row that disagrees. changed: the first rows with another class, or that disagree where there are no classes, each
    with what the source and the device say.
    """

    name: str
    rows: int = 0
    refused: int = 0
    disagreements: int = 0
    labels_differ: int = 0
    worst: float = 0.0
    source_rounds: int = 0
    source_error: float = 0.0
    error: float = 0.0
    ties: int = 0
    example: list[Any] | None = None
    changed: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Verification:
    """The verdict over all groups.

    coverage: what the rows reach of tree ensembles, None where there are none. classes: whether the model names one.
    exact: whether it is known what the source would give if it did not round.
    """

    source: str
    tolerance: float = TOLERANCE
    groups: list[Group] = field(default_factory=list)
    coverage: Coverage | None = None
    classes: bool = False
    exact: bool = False

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

    @property
    def error(self) -> float:
        """The largest difference from the source without its rounding where that is known, else from the source."""
        return max((group.error for group in self.groups), default=0.0) if self.exact else self.worst

    @property
    def source_rounds(self) -> int:
        """Rows compared with the source in float64, its rounding being larger than the tolerance."""
        return sum(group.source_rounds for group in self.groups)

    @property
    def source_error(self) -> float:
        """The largest such rounding, scaled as the tolerance is."""
        return max((group.source_error for group in self.groups), default=0.0)

    @property
    def ties(self) -> int:
        """Rows to which the source has two answers, depending on how it is asked, and the device gives the second."""
        return sum(group.ties for group in self.groups)

    def loss(self) -> Loss | None:
        """What the rows given show of a lossy conversion; None where none were given. The others are no sample."""
        group = next((group for group in self.groups if group.name == "given" and group.rows), None)
        if group is None:
            return None
        changed = group.labels_differ if self.classes else group.disagreements
        bounds = upper_bound(changed, group.rows), upper_bound(0, group.rows)
        return Loss(group.rows, changed, bounds[0], group.worst, bounds[1], group.changed)

    def to_dict(self) -> dict[str, Any]:
        """As it goes into the file's metadata."""
        facts = {
            "against": self.source,
            "rows": self.rows,
            "disagreements": self.disagreements,
            "labels_differ": self.labels_differ,
            "worst_difference": float(f"{self.worst:.3g}"),
            "tolerance": self.tolerance,
        }
        if self.source_rounds:
            facts |= {"source_rounds": self.source_rounds, "source_error": float(f"{self.source_error:.3g}")}
        if self.ties:
            facts |= {"ties": self.ties}
        return facts if self.coverage is None else facts | {"trees": self.coverage.to_dict()}

    def __str__(self) -> str:
        text = f"{self.rows} rows compared with {self.source}: {self.disagreements} disagree"
        text += f", worst difference {self.worst:.2g}"
        if self.source_rounds:
            text += f" ({self.source_rounds} rows are compared with it in float64: its float32 rounding is up to "
            text += f"{self.source_error:.2g} off)"
        if self.ties:
            text += f" ({self.ties} rows have two answers there, told apart by its rounding or its number of threads)"
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
    limits = _limits(imported.graph, [known for known in (given, imported.samples) if known is not None])
    rng = np.random.default_rng(seed)
    base = np.empty((0, 0))
    verification = Verification(imported.source)
    _, sample = next(row_groups(imported, given, np.random.default_rng(seed), rounded))
    verification.exact = _unrounded(imported, sample[:1]) is not None
    if imported.exact is not None and not verification.exact:
        verification.tolerance = FLOAT32_TOLERANCE
    verification.classes = any(port.role == "label" for port in imported.graph.outputs)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what frameworks say of overflow and column names in rows made to be odd
        for name, rows in row_groups(imported, given, rng, rounded):
            if name == "generated":
                base = rows
            verification.groups.append(Group(name))
            _compare(verification.groups[-1], imported, model, rows, verification.tolerance, limits)
        if ensembles(imported.graph):
            verification.coverage = Coverage(rows_dtype(imported.graph))
            verification.groups.append(Group("at splits"))
            for rows, part in split_rows(imported.graph, base, verification.coverage.input, rng):
                _compare(verification.groups[-1], imported, model, rows, verification.tolerance, limits)
                verification.coverage.add(part)
    return verification


def _compare(
    group: Group, imported: Imported, model: edgescore.Model, rows: Array, tolerance: float, limits: Array
) -> None:
    """Add what ``rows`` show to ``group``, a block of rows at a time."""
    if len(rows) > BLOCK_ROWS:
        for at in range(0, len(rows), BLOCK_ROWS):
            _compare(group, imported, model, rows[at : at + BLOCK_ROWS], tolerance, limits)
        return
    rows, expected = _judged(imported, rows, group) if len(rows) else (rows, None)
    if expected is None:
        return
    group.rows += len(rows)
    exact = _unrounded(imported, rows)
    outputs = outputs_of(model, imported.graph, rows)
    magnitude = _magnitude(imported.graph, rows, limits)
    allowed = tolerance * magnitude
    if imported.again is not None:
        expected = _settle_ties(group, imported, rows, expected, outputs, allowed, tolerance)
    wrong, relabelled, rounded = np.zeros((3, len(rows)), bool)
    doubted = _doubted(imported, rows, expected, exact, outputs, allowed, tolerance)
    for number, (port, want, have) in enumerate(zip(imported.graph.outputs, expected, outputs)):
        want, have = np.asarray(want).reshape(len(rows), -1), np.asarray(have).reshape(len(rows), -1)
        if port.role == "label":
            differ = (want.astype(np.int64) != have).any(1) & (magnitude == 1.0)
            if exact is not None:
                off = differ & ~doubted & _exactly(imported.graph, expected, exact, number, want.astype(np.int64), have)
                differ, rounded = differ & ~off, rounded | off
            hurried = early_exit.labels(model, inputs_of(imported.graph, rows))
            differ |= hurried is not None and (have[:, 0] != hurried)
            relabelled |= differ
        else:
            difference = _differences(want, have)
            if exact is not None:
                error = _differences(exact[number].reshape(len(rows), -1), have)
                off = _forgiven(group, difference, error, magnitude, allowed) & ~doubted
                difference[off], rounded = error[off], rounded | off
            group.worst = max(group.worst, float((difference / magnitude[:, None]).max(initial=0.0)))
            differ = (difference > allowed[:, None]).any(1)
        wrong |= differ
    group.disagreements += int(wrong.sum())
    group.labels_differ += int(relabelled.sum())
    group.source_rounds += int(rounded.sum())
    if wrong.any() and group.example is None:
        group.example = rows[int(np.argmax(wrong))].tolist()
    classes = any(port.role == "label" for port in imported.graph.outputs)
    for at in np.flatnonzero(relabelled if classes else wrong)[: EXAMPLES - len(group.changed)]:
        says = {
            who: [np.asarray(each)[at].tolist() for each in outputs_]
            for who, outputs_ in (("source", expected), ("device", outputs))
        }
        group.changed.append({"row": rows[at].tolist(), **says})


def _judged(imported: Imported, rows: Array, group: Group) -> tuple[Array, list[Array] | None]:
    """The rows that the source takes, and what it says of them; halves are tried until the others are found."""
    try:
        return rows, imported.oracle(rows)
    except (ValueError, TypeError):
        if len(rows) == 1:
            group.refused += 1
            return rows[:0], None
    halves = [_judged(imported, half, group) for half in np.array_split(rows, 2)]
    taken = [(half, expected) for half, expected in halves if expected is not None]
    if not taken:
        return rows[:0], None
    return np.concatenate([half for half, _ in taken]), [
        np.concatenate(parts) for parts in zip(*(expected for _, expected in taken))
    ]


def _settle_ties(
    group: Group,
    imported: Imported,
    rows: Array,
    expected: list[Array],
    outputs: list[Array],
    allowed: Array,
    tolerance: float,
) -> list[Array]:
    """The answers expected, with the source's second one for rows where the device gives that and not the first."""
    assert imported.again is not None
    off = _off(imported.graph, expected, outputs, allowed, tolerance)
    if not off.any():
        return expected
    second = imported.again(rows)
    ties = off & ~_off(imported.graph, second, outputs, allowed, tolerance)
    group.ties += int(ties.sum())
    return [np.where(ties.reshape(-1, *[1] * (np.ndim(b) - 1)), b, a) for a, b in zip(expected, second)]


def _off(graph: Graph, expected: list[Array], outputs: list[Array], allowed: Array, tolerance: float) -> Array:
    """Rows with a score that is too far off, or with another class where the row is in range."""
    off = np.zeros(len(allowed), np.bool_)
    for port, want, have in zip(graph.outputs, expected, outputs):
        want, have = np.asarray(want).reshape(len(off), -1), np.asarray(have).reshape(len(off), -1)
        if port.role == "label":
            off |= (want.astype(np.int64) != have).any(1) & (allowed == tolerance)
        else:
            off |= (_differences(want, have) > allowed[:, None]).any(1)
    return off


def _unrounded(imported: Imported, rows: Array) -> list[Array] | None:
    """What the source would give for ``rows`` if it did not round; None where that is not known."""
    try:
        return None if imported.exact is None else imported.exact(rows)
    except ValueError:  # rows that the evaluator refuses: the source alone is the judge
        return None


def _forgiven(group: Group, difference: Array, error: Array, magnitude: Array, allowed: Array) -> Array:
    """Which rows only the source's rounding sets apart: near to what it rounds (``error``), if not to it."""
    group.error = max(group.error, float((error / magnitude[:, None]).max(initial=0.0)))
    off = np.asarray((difference > allowed[:, None]).any(axis=1) & (error <= allowed[:, None]).all(axis=1))
    group.source_error = max(group.source_error, float((difference / magnitude[:, None])[off].max(initial=0.0)))
    return off


def _doubted(
    imported: Imported,
    rows: Array,
    expected: list[Array],
    exact: list[Array] | None,
    outputs: list[Array],
    allowed: Array,
    tolerance: float,
) -> Array:
    """Which rows only the exact answers would let pass, though the source's are not these, rounded."""
    found = np.zeros(len(rows), bool)
    if imported.doubts is None or exact is None:
        return found
    asked = np.flatnonzero(
        _off(imported.graph, expected, outputs, allowed, tolerance)
        & ~_off(imported.graph, exact, outputs, allowed, tolerance)
    )
    if len(asked):
        found[asked] = imported.doubts(rows[asked], [np.asarray(each)[asked] for each in expected])
    return found


def _exactly(graph: Graph, expected: list[Array], exact: list[Array], label: int, theirs: Array, ours: Array) -> Array:
    """Rows that are of our class if nothing is rounded, or where that leaves open which of the two they are of."""
    known = np.ravel(exact[label]).astype(np.int64)
    return np.where(known >= 0, known == ours[:, 0], _undecided(graph, expected, exact, theirs, ours))


def _undecided(graph: Graph, expected: list[Array], exact: list[Array], theirs: Array, ours: Array) -> Array:
    """Rows whose scores of the two classes named are no farther apart than the source's rounding, which chose then."""
    found = np.zeros(len(ours), bool)
    for port, given, scores in zip(graph.outputs, expected, exact):
        if port.role == "score" and scores.ndim == 2 and scores.shape[1] > max(theirs.max(), ours.max()):
            apart = np.take_along_axis(scores, theirs, 1) - np.take_along_axis(scores, ours, 1)
            found |= np.abs(apart[:, 0]) <= 2 * np.abs(scores - given).max(axis=1)
    return found


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


def _limits(graph: Graph, given: list[Array]) -> Array:
    """The largest absolute value each column is known to take, from the source or tables of rows; NaN for text."""
    limits = []
    for j, feature in enumerate(feature for port in graph.inputs for feature in features_of(port)):
        if is_text(feature):
            limits.append(np.nan)
            continue
        seen = np.abs(np.concatenate([np.zeros(0), *(rows[:, j].astype(np.float64) for rows in given)]))
        known = max(map(abs, range_of(feature))) or 1.0  # always 0 in training: any number would be far outside
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


def outputs_of(model: edgescore.Model, graph: Graph, rows: Array) -> list[Array]:
    """Every output of the model for ``rows``, in the graph's order; labels as indices."""
    return model.outputs(inputs_of(graph, rows))


def inputs_of(graph: Graph, rows: Array) -> Any:
    """``rows`` as ``Model`` takes them: an array, or a list of one for each input."""
    widths = [port.value.shape[-1] for port in graph.inputs]
    ends = np.cumsum([0, *widths])
    parts: Any = [
        rows[:, start:end] if port.value.dtype.startswith("float") else rows[:, start:end].astype(port.value.dtype)
        for port, (start, end) in zip(graph.inputs, pairwise(ends))
    ]
    return parts[0] if len(parts) == 1 else parts
