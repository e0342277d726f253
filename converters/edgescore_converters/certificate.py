"""The equivalence certificate of a tree ensemble: rows that reach every split, and what comparing them has shown.

A row proves something about a threshold only where it gets to it. So each split has rows of its own: the values that
lead from the root to it (the intersection of what the splits above it ask), and in the column it tests the last value
that goes left and its neighbours, missing values, categories in the set and out of it. Whether a row arrives is
checked, not assumed. Nothing here compares: `verify` does, with the source.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from edgescore_converters.ensembles import ensembles, input_columns
from edgescore_converters.evaluate import evaluate
from edgescore_converters.importers._tree_builder import at_most
from edgescore_converters.importers._trees import ZERO_LIMIT, Ensemble
from edgescore_converters.ir import Array, Feature, Graph, Port, Value

EVERY = 60_000  # splits up to which each gets rows
SAMPLED = 12_000  # splits that get rows beyond that
CELLS = 1 << 21  # splits times columns that are held at once
DRAWS = 4  # of the other columns, for a row whose leaves differ on the two sides of a split
CONFIDENCE = 0.95
UNSEEN = "\N{REPLACEMENT CHARACTER}unseen"  # a text that is no category


@dataclass
class Coverage:
    """What the rows of a certificate reach.

    input: dtype of the rows. splits: of all ensembles. tried: that rows were made for. reached: by a row on either side
    of what they ask, and where thresholds are concerned by neighbouring values of the input's type. unreachable: splits
    of which the splits above leave one side no value, or both, so that no row gets there. alike: splits whose
    sides gave equal leaves in all rows tried, where a wrong turn cannot show. missing: splits that a missing value got
    to. categories: splits that a category in the set and one out of it got to. rows: made.
    """

    input: str
    splits: int = 0
    tried: int = 0
    reached: int = 0
    unreachable: int = 0
    alike: int = 0
    missing: int = 0
    categories: int = 0
    rows: int = 0

    def add(self, part: Coverage) -> None:
        """Count what another block of rows reaches; blocks have splits of their own."""
        for name in ("splits", "tried", "reached", "unreachable", "alike", "missing", "categories", "rows"):
            setattr(self, name, getattr(self, name) + getattr(part, name))

    def __str__(self) -> str:
        text = f"{self.reached} of {self.splits} splits reached on both sides by neighbouring {self.input} values"
        if self.tried < self.splits:
            text += f" ({self.tried} of them, drawn at random, were tried)"
        if self.unreachable:
            text += f", {self.unreachable} that no row reaches on both, as the splits above say"
        if (left := self.tried - self.reached - self.unreachable) > 0:
            text += f", {left} for which no row was found"
        if self.alike:
            text += f", {self.alike} with equal leaves on both"
        if self.missing:
            text += f", {self.missing} by missing values"
        if self.categories:
            text += f", {self.categories} by categories in and out of their sets"
        return text

    def to_dict(self) -> dict[str, Any]:
        """As it goes into the file's metadata."""
        return asdict(self)


@dataclass
class Loss:
    """What a lossy conversion costs, on rows as they come (never on those made to find disagreements).

    rows: compared. changed: rows with another class; of a model without classes, rows beyond the tolerance. at_most:
    with CONFIDENCE no larger share of such rows changes. worst: score difference, in units of the output's scale; with
    CONFIDENCE at most ``beyond`` of such rows differ by more. examples: the first rows that changed, each with what the
    source and the device say.
    """

    rows: int
    changed: int
    at_most: float
    worst: float
    beyond: float
    examples: list[dict[str, Any]] = field(default_factory=list)

    def __str__(self) -> str:
        text = f"{self.changed} of {self.rows} rows change, so at most {100 * self.at_most:.3g} % of such rows "
        return text + f"({100 * CONFIDENCE:.0f} % confidence); scores differ by up to {self.worst:.2g}"

    def to_dict(self) -> dict[str, Any]:
        """As it goes into the file's metadata; the examples stay out of it, they are data of the user's."""
        plain = asdict(self) | {"confidence": CONFIDENCE}
        del plain["examples"]
        return {key: float(f"{value:.3g}") if isinstance(value, float) else value for key, value in plain.items()}


def upper_bound(changed: int, rows: int, confidence: float = CONFIDENCE) -> float:
    """The largest share of rows that may change for ``changed`` of ``rows`` drawn at random to be no surprise.

    One-sided Clopper-Pearson bound ("The use of confidence or fiducial limits illustrated in the case of the binomial",
    Biometrika 1934); with nothing changed it is the rule of three, about 3 / rows at 95 %.
    """
    if changed >= rows:
        return 1.0
    low, high = changed / rows, 1.0
    counts = np.arange(changed + 1)
    ways = np.array([math.lgamma(rows + 1) - math.lgamma(k + 1) - math.lgamma(rows - k + 1) for k in counts])
    for _ in range(60):
        share = (low + high) / 2
        tail = np.exp(ways + counts * math.log(share) + (rows - counts) * math.log1p(-share)).sum()
        low, high = (share, high) if tail > 1 - confidence else (low, share)
    return high


def split_rows(graph: Graph, base: Array, dtype: str, rng: np.random.Generator) -> Iterator[tuple[Array, Coverage]]:
    """Rows [n, columns] that reach the splits of all ensembles of ``graph``, in blocks, and what each block covers.

    base: rows [b, columns] of ordinary values, for the columns that do not matter. dtype: of the rows on the device.
    """
    found = ensembles(graph)
    total = sum(int(np.sum(ensemble.feature >= 0)) for _, ensemble in found)
    share = 1.0 if total <= EVERY else SAMPLED / total
    for x, ensemble in found:
        chosen = (ensemble.feature >= 0) & (rng.random(len(ensemble.feature)) < share)
        columns = _Columns(graph, x, ensemble, dtype)
        yield base[:0], Coverage(dtype, splits=int(np.sum(ensemble.feature >= 0)), tried=int(np.sum(chosen)))
        for trees in _batches(ensemble, columns.width):
            probes = _Paths(columns, trees, chosen).probes(base, rng)
            if len(probes.rows):
                yield probes.arrived(graph, x)


def _batches(ensemble: Ensemble, width: int) -> Iterator[Array]:
    """Numbers of trees whose splits fit in CELLS together, at least one at a time."""
    order = np.argsort(ensemble.roots)
    sizes = np.diff(np.append(ensemble.roots[order], len(ensemble.feature)))
    batch = np.cumsum(sizes * max(width, 1)) // CELLS
    for number in np.unique(batch):
        yield order[batch == number]


class _Columns:
    """Where an ensemble's features are in a row, and which values a column takes.

    Columns here are those columns of a row that features are copies of. ``below``, ``bound`` and ``above`` [N] are the
    last two values of the rows' dtype that a numeric split sends left, and the first that it sends right.
    """

    def __init__(self, graph: Graph, x: Value, ensemble: Ensemble, dtype: str) -> None:
        self.ensemble, self.dtype = ensemble, dtype
        inputs = [(port, feature) for port in graph.inputs for feature in _features(port)]
        place = input_columns(graph, x)
        used = np.unique(ensemble.feature[ensemble.feature >= 0])
        self.rows = np.unique(place[used][place[used] >= 0])
        self.width = len(self.rows)
        number = np.full(len(inputs), -1)
        number[self.rows] = np.arange(self.width)
        self.of_feature = np.where(place < 0, -1, number[place])
        self.direct = bool(np.all(place[used] >= 0))
        self.features = [inputs[column][1] for column in self.rows]
        self.text = [any(isinstance(each, (str, bool, np.bool_)) for each in f.categories or []) for f in self.features]
        floating = dtype.startswith("float")
        self.nan = np.array(
            [
                feature.unknown == "missing" if text else floating and (inputs[column][0].nan or feature.nan)
                for column, feature, text in zip(self.rows, self.features, self.text)
            ],
            bool,
        )
        # A test of nothing but missing values (linear trees have them) is of an empty set: no number goes left.
        empty = np.array([*(not len(codes) for codes in ensemble.category_sets), False])
        self.of_nothing = empty[ensemble.category_set] & (ensemble.feature >= 0)
        self.below, self.bound, self.above = (
            np.where(self.of_nothing, -np.inf, each)
            for each in _around(ensemble.threshold, dtype, ensemble.compare_dtype)
        )
        self.codes = {j: codes for j in range(self.width) if (codes := self._codes(j)) is not None}
        self.spans = np.cumsum([0, *(len(self.codes.get(j, ())) for j in range(self.width))])

    def span(self, column: int) -> slice:
        """The places of a column's codes among those of all columns."""
        return slice(int(self.spans[column]), int(self.spans[column + 1]))

    def _codes(self, column: int) -> Array | None:
        """The categories to try: those that sets name and one that is in none, as far as the column may hold them."""
        categories, trees = self.features[column].categories, self.ensemble
        if categories is not None:
            values = np.arange(len(categories)) if self.text[column] else np.unique(np.asarray(categories, np.float64))
            return values.astype(np.float64)
        of_set = (trees.category_set >= 0) & (trees.feature >= 0) & ~self.of_nothing
        sets = np.unique(trees.category_set[of_set & (self.of_feature[trees.feature] == column)])
        if not len(sets):
            return None
        codes = np.unique(np.concatenate([np.zeros(1, np.int64), *(trees.category_sets[each] for each in sets)]))
        return np.append(codes, codes.max() + 1).astype(np.float64)


def _features(port: Port) -> list[Feature]:
    return port.features or [Feature("")] * port.value.shape[-1]


def _around(threshold: Array, dtype: str, compare: str) -> tuple[Array, Array, Array]:
    """Where numeric splits turn, for rows of ``dtype``: see _Columns."""
    if not dtype.startswith("float"):
        bound = np.floor(threshold)
        return bound - 1, bound, bound + 1
    bound = at_most(threshold, "float32" if "float32" in (dtype, compare) else "float64")
    narrow = bound.astype(dtype)
    down, up = (np.nextafter(narrow, np.asarray(to, dtype)).astype(np.float64) for to in (-np.inf, np.inf))
    if dtype == compare or dtype == "float32":
        return down, bound, up
    # float64 rows are rounded to float32 first: what is halfway to the next float32 goes to one of the two sides.
    with np.errstate(over="ignore"):
        half = (bound + np.nextafter(bound.astype(np.float32), np.float32(np.inf)).astype(np.float64)) / 2
    return bound, np.nextafter(half, -np.inf), np.nextafter(half, np.inf)


class _Paths:
    """What leads to each chosen split of some trees: in each column an interval, or the codes that are left.

    nodes, trees [n]; low, high [n, width], both inclusive; missing [n, width]: whether a missing value leads there;
    codes [n, all codes].
    """

    def __init__(self, columns: _Columns, trees: Array, chosen: Array) -> None:
        self.columns, ensemble = columns, columns.ensemble
        limits = None if columns.dtype.startswith("float") else np.iinfo(columns.dtype)
        shape = (len(trees), columns.width)
        state = {
            "nodes": ensemble.roots[trees].astype(np.int64),
            "trees": trees,
            "low": np.full(shape, -np.inf if limits is None else float(limits.min)),
            "high": np.full(shape, np.inf if limits is None else float(limits.max)),
            "missing": np.repeat(columns.nan[None], len(trees), axis=0),
            "codes": np.ones((len(trees), columns.spans[-1]), bool),
        }
        kept = []
        while len(state["nodes"]):
            nodes = state["nodes"]
            kept.append({name: each[chosen[nodes]] for name, each in state.items()})
            split = ensemble.feature[nodes] >= 0
            state = {name: each[split] for name, each in state.items()}
            sides = [self._child(state, left) for left in (True, False)]
            state = {name: np.concatenate([side[name] for side in sides]) for name in state}
        self.nodes, self.trees, self.low, self.high, self.missing, self.codes = (
            np.concatenate([level[name] for level in kept]) for name in state
        )

    def _child(self, parents: dict[str, Array], left: bool) -> dict[str, Array]:
        columns, ensemble = self.columns, self.columns.ensemble
        nodes = parents["nodes"]
        side = {name: each.copy() for name, each in parents.items()}
        side["nodes"] = (ensemble.left if left else ensemble.right)[nodes].astype(np.int64)
        column = columns.of_feature[ensemble.feature[nodes]]
        at = np.flatnonzero(column >= 0)
        side["missing"][at, column[at]] &= ensemble.missing_left[nodes[at]] == left
        limit, bound, merge = (
            (side["high"], columns.bound, np.minimum) if left else (side["low"], columns.above, np.maximum)
        )
        limit[at, column[at]] = merge(limit[at, column[at]], bound[nodes[at]])
        for j in columns.codes:
            here = np.flatnonzero(column == j)
            side["codes"][here, columns.span(j)] &= self.goes_left(nodes[here], j) == left
        return side

    def goes_left(self, nodes: Array, column: int) -> Array:
        """Whether each code of ``column`` goes left, [len(nodes), codes]."""
        codes = self.columns.codes[column]
        flat = self.columns.ensemble._goes_left(np.repeat(nodes, len(codes)), np.tile(codes, len(nodes)))
        return flat.reshape(len(nodes), len(codes))

    def probes(self, base: Array, rng: np.random.Generator) -> _Probes:
        """Rows for every split: one that leads to it, with what its test turns at in the column that it reads."""
        columns, ensemble = self.columns, self.columns.ensemble
        made, values, possible, alike = self._telling(base, rng)
        closed = self._closed(possible)
        column = columns.of_feature[ensemble.feature[self.nodes]]
        each = np.arange(len(self.nodes))
        coded = np.isin(column, list(columns.codes))
        numeric = np.flatnonzero(possible & (column >= 0) & ~coded)
        tries: list[tuple[Array, Array, Array]] = [(each[possible & (column < 0)], np.empty(0), np.empty(0))]
        for near in (columns.bound, columns.below, columns.above):
            value = near[self.nodes[numeric]]
            at = column[numeric]
            fits = np.isfinite(value) & (value >= self.low[numeric, at]) & (value <= self.high[numeric, at])
            tries.append((numeric[fits], at[fits], value[fits]))
        present = numeric[columns.of_nothing[self.nodes[numeric]]]
        present = present[~np.isnan(values[present, column[present]])]
        tries.append((present, column[present], values[present, column[present]]))
        for j, codes in columns.codes.items():
            here = np.flatnonzero(possible & (column == j))
            allowed, left = self.codes[here, columns.span(j)], self.goes_left(self.nodes[here], j)
            for choice in (allowed & left, allowed & ~left, allowed & (codes == codes[-1])):
                some = choice.any(axis=1)
                drawn = (choice * (1 + rng.random(choice.shape))).argmax(axis=1)
                tries.append((here[some], np.full(int(some.sum()), j), codes[drawn[some]]))
        can_miss = np.flatnonzero(possible & (column >= 0))
        can_miss = can_miss[self.missing[can_miss, column[can_miss]]]
        tries.append((can_miss, column[can_miss], np.full(len(can_miss), np.nan)))
        of = np.concatenate([nodes for nodes, _, _ in tries])
        table = values[of]
        done = len(tries[0][0])
        for nodes, at, value in tries[1:]:
            table[np.arange(done, done + len(nodes)), at] = value
            done += len(nodes)
        return _Probes(
            columns,
            _written(columns, made[of], table),
            table,
            self.nodes[of],
            self.trees[of],
            alike,
            self.nodes[closed],
        )

    def _closed(self, possible: Array) -> Array:
        """Which splits the tests above leave no value for on one side or both: every value that may come, exactly. What
        tests of computed columns rule out besides is not known.
        """
        columns, ensemble = self.columns, self.columns.ensemble
        if not columns.width or np.any(ensemble.zero_missing & (ensemble.feature >= 0)):
            return np.zeros(len(self.nodes), bool)
        column, each = columns.of_feature[ensemble.feature[self.nodes]], np.arange(len(self.nodes))
        low, high, nothing = self.low[each, column], self.high[each, column], columns.of_nothing[self.nodes]
        left = np.where(nothing, self.missing[each, column], low <= np.minimum(high, columns.bound[self.nodes]))
        right = np.maximum(low, columns.above[self.nodes]) <= high
        for j in columns.codes:
            here = np.flatnonzero(column == j)
            allowed, goes = self.codes[here, columns.span(j)], self.goes_left(self.nodes[here], j)
            left[here], right[here] = (allowed & goes).any(axis=1), (allowed & ~goes).any(axis=1)
        return np.asarray(~(possible & ((left & right) | (column < 0))))

    def _telling(self, base: Array, rng: np.random.Generator) -> tuple[Array, Array, Array, int]:
        """Rows, values [n, width] that lead to each split, and if there are any: such that its sides end in leaves that
        differ, where a few draws from ``base`` find them, since else a wrong turn would not show. Last, for how many
        they found none.
        """
        made = base[rng.integers(len(base), size=len(self.nodes))].copy()
        values, possible = self._leading(made, np.arange(len(made)), rng)
        alike = np.flatnonzero(possible)
        for _ in range(DRAWS):
            alike = alike[self._ends_alike(alike, values[alike])]
            if not len(alike):
                break
            again = base[rng.integers(len(base), size=len(alike))]
            made[alike] = again
            values[alike], _ = self._leading(again, alike, rng)
        return made, values, possible, int(self._ends_alike(alike, values[alike]).sum())

    def _ends_alike(self, of: Array, values: Array) -> Array:
        """Whether rows that turn left and right at splits ``of``, and are ``values`` but there, end in equal leaves."""
        columns, ensemble = self.columns, self.columns.ensemble
        if not columns.direct:
            return np.zeros(len(of), bool)
        nodes = self.nodes[of]
        column = columns.of_feature[ensemble.feature[nodes]]
        numeric = ~np.isin(column, list(columns.codes))
        ends = []
        for child, near in ((ensemble.left, columns.bound), (ensemble.right, columns.above)):
            table, at = values.copy(), child[nodes]
            if child is ensemble.left:
                near = np.where(columns.of_nothing, np.nan, near)
            turns = numeric & ~(columns.of_nothing[nodes] & (child is ensemble.right))
            table[turns, column[turns]] = near[nodes[turns]]
            row = np.flatnonzero(ensemble.feature[at] >= 0)
            while len(row):
                here = at[row]
                left = ensemble._goes_left(here, table[row, columns.of_feature[ensemble.feature[here]]])
                at[row] = np.where(left, ensemble.left[here], ensemble.right[here])
                row = row[ensemble.feature[at[row]] >= 0]
            ends.append(ensemble.leaves[ensemble.leaf[at]])
        return np.asarray((ends[0] == ends[1]).all(axis=1))

    def _leading(self, made: Array, of: Array, rng: np.random.Generator) -> tuple[Array, Array]:
        """Values that lead to splits ``of``, near those of rows ``made`` where they can be, and if there are any."""
        columns = self.columns
        values = np.empty((len(made), columns.width))
        possible = np.ones(len(made), bool)
        for j in range(columns.width):
            if j in columns.codes:
                allowed = self.codes[of, columns.span(j)]
                values[:, j] = columns.codes[j][(allowed * (1 + rng.random(allowed.shape))).argmax(axis=1)]
                found = allowed.any(axis=1)
            else:
                values[:, j], found = self._within(made[:, columns.rows[j]].astype(np.float64), of, j)
            values[~found, j] = np.nan
            possible &= found | self.missing[of, j]
        return values, possible

    def _within(self, wanted: Array, of: Array, column: int) -> tuple[Array, Array]:
        """The number nearest to ``wanted`` that is not missing and in the intervals ``of``, and if there is one."""
        columns, trees = self.columns, self.columns.ensemble
        low, high = self.low[of, column], self.high[of, column]
        value = np.minimum(np.maximum(np.nan_to_num(wanted), low), high)
        zeros = trees.zero_missing & (trees.feature >= 0)
        if bool(np.any(columns.of_feature[trees.feature[zeros]] == column)):
            for other in (high, low, np.ones_like(low), -np.ones_like(low)):
                fits = np.isfinite(other) & (other >= low) & (other <= high)
                value = np.where((np.abs(value) <= ZERO_LIMIT) & fits, other, value)
        return value, (low <= high) & np.isfinite(value)


def _written(columns: _Columns, rows: Array, table: Array) -> Array:
    """``rows`` with the values of ``table`` in their columns; codes as the texts they stand for."""
    for j, column in enumerate(columns.rows):
        if columns.text[j]:
            texts = np.array([*(columns.features[j].categories or []), UNSEEN], object)
            rows[:, column] = texts[np.where(np.isnan(table[:, j]), -1, table[:, j]).astype(np.int64)]
        else:
            rows[:, column] = table[:, j]
    return rows


@dataclass
class _Probes:
    """Rows, the values in the columns that the ensemble reads, and the split that each is meant for.

    closed: splits that no row reaches on both sides.
    """

    columns: _Columns
    rows: Array
    table: Array
    nodes: Array
    trees: Array
    alike: int
    closed: Array

    def arrived(self, graph: Graph, x: Value) -> tuple[Array, Coverage]:
        """The rows, and what they reach: each walks from its root to see whether it meets its split."""
        columns, ensemble = self.columns, self.columns.ensemble
        read, place = self.table, columns.of_feature
        if not columns.direct:
            read, place = evaluate(graph, self.rows, [x])[0], np.arange(x.shape[-1])
        with np.errstate(over="ignore"):
            read = read.astype(columns.dtype).astype(ensemble.compare_dtype)
        count = len(ensemble.feature)
        left, right, missing = (np.zeros(count, bool) for _ in range(3))
        row, at = np.arange(len(read)), ensemble.roots[self.trees]
        while len(row):
            value = read[row, place[ensemble.feature[at]]]
            goes_left = ensemble._goes_left(at, value)
            there = at == self.nodes[row]
            left[at[there & goes_left & ~np.isnan(value)]] = True
            right[at[there & ~goes_left & ~np.isnan(value)]] = True
            missing[at[there & np.isnan(value)]] = True
            onward = np.where(goes_left, ensemble.left[at], ensemble.right[at])
            walks = ~there & (ensemble.feature[onward] >= 0)
            row, at = row[walks], onward[walks]
        both = (left | (missing & columns.of_nothing & ensemble.missing_left)) & right
        found = Coverage(
            columns.dtype,
            reached=int(both.sum()),
            unreachable=int((~both[self.closed]).sum()),
            alike=self.alike,
            missing=int(missing.sum()),
            categories=int((both & (ensemble.category_set >= 0) & ~columns.of_nothing).sum()),
            rows=len(self.rows),
        )
        return self.rows, found
