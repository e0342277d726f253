"""The rows on which a model is held against its source: those that a random test set does not have.

Values at thresholds and one ulp to either side, missing values, values far outside the training range, infinities,
unseen categories, rows between two classes, the training rows that the model itself keeps. Nothing here compares:
`verify` does. Rows that reach every split of a tree ensemble are the certificate's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from edgescore_converters.certificate import UNSEEN
from edgescore_converters.importers import Imported
from edgescore_converters.input_dtype import ARITHMETIC, rows_dtype
from edgescore_converters.ir import Array, Feature

MAX_SAMPLES = 1000  # rows of training data that a model keeps
BOUNDARY_ROWS, CUTS = 200, 6  # pairs of rows, and how often the way from one to the other is cut in two


def row_groups(
    imported: Imported, given: Array | None, rng: np.random.Generator, rounded: bool = True
) -> Iterator[tuple[str, Array]]:
    """(kind, rows) to compare on; rows are object arrays where there are text columns, else float64."""
    graph = imported.graph
    columns = [feature for port in graph.inputs for feature in features_of(port)]
    dtype = rows_dtype(graph)
    kept = dtype if rounded else "float64"
    base = _base_rows(imported, columns, given, rng, 500, kept)
    real = base
    if given is not None and len(given):
        yield "given", given
        real = given
    elif imported.samples is not None and len(imported.samples):
        real = imported.samples[rng.permutation(len(imported.samples))[:MAX_SAMPLES]]
        yield "in the model", real
    yield "generated", base
    between = _between_classes(imported, real, columns, rng)
    if len(between):
        open_columns = [j for j, feature in enumerate(columns) if feature.categories is None]
        between[:, open_columns] = _rounded(between[:, open_columns].astype(np.float64), kept)
        yield "between classes", between
    probes = _probe_rows(imported, base, dtype, rng)
    if len(probes):
        yield "at thresholds", probes
    numeric = [j for j, feature in enumerate(columns) if not is_text(feature)]
    if numeric:
        far = base[rng.integers(len(base), size=100)].copy()
        far[:, numeric] = _rounded(
            far[:, numeric].astype(float) * 10.0 ** rng.integers(1, 6, (100, len(numeric))), dtype
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
            if (
                open_columns and dtype.startswith("float") and (exact or np.isfinite(value))
            ):  # infinite sums say nothing
                yield name, _with(base, open_columns, value, rng)
    routed = [j for j, nan in enumerate(port.nan or f.nan for port in graph.inputs for f in features_of(port)) if nan]
    if routed:
        yield "missing", _with(base, routed, np.nan, rng)
    unseen = [j for j, feature in enumerate(columns) if feature.categories is not None and feature.unknown != "error"]
    if unseen:
        rows = base[rng.integers(len(base), size=100)].copy()
        for row in rows:
            j = int(rng.choice(unseen))
            row[j] = UNSEEN if is_text(columns[j]) else 1 + max(float(c) for c in columns[j].categories or [0])
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


def features_of(port: Any) -> list[Feature]:
    """The columns of an input, named by number where it names none."""
    return port.features or [Feature(f"{port.name}[{j}]") for j in range(port.value.shape[-1])]


def range_of(feature: Feature) -> tuple[float, float]:
    """Where nearly all training values were, as far as the source knows."""
    low, high = feature.low, feature.high
    return (-3.0 if low is None else low), (3.0 if high is None else high)


def is_text(feature: Feature) -> bool:
    """Whether rows hold texts or truth values in this column."""
    return feature.categories is not None and any(isinstance(c, (str, bool, np.bool_)) for c in feature.categories)


def _rounded(values: Array, dtype: str) -> Array:
    """Values as the device gets them: the nearest ones of ``dtype``, as float64."""
    if not dtype.startswith("float"):
        limits = np.iinfo(dtype)
        return np.clip(np.rint(values), limits.min, limits.max)
    with np.errstate(over="ignore"):
        return values.astype(dtype).astype(np.float64)


def _base_rows(
    imported: Imported, columns: list[Feature], given: Array | None, rng: np.random.Generator, count: int, dtype: str
) -> Array:
    out = np.empty((count, len(columns)), object if any(map(is_text, columns)) else np.float64)
    for j, feature in enumerate(columns):
        if feature.categories is not None:
            out[:, j] = rng.choice(np.array([c for c in feature.categories if c == c], object), count)
        elif given is not None and len(given):
            out[:, j] = given[rng.integers(len(given), size=count), j]
        elif j in imported.probes and np.isfinite(imported.probes[j]).any():
            probes = imported.probes[j][np.isfinite(imported.probes[j])]
            margin = max(1e-3, 0.25 * np.ptp(probes))
            out[:, j] = _rounded(rng.uniform(probes.min() - margin, probes.max() + margin, count), dtype)
        else:
            low, high = range_of(feature)
            out[:, j] = _rounded(rng.normal((low + high) / 2, max(high - low, 1e-6) / 6, count), dtype)
    return out


def _probe_rows(imported: Imported, base: Array, dtype: str, rng: np.random.Generator) -> Array:
    """Every probe value of every feature, at the value and one ulp to either side, a value of each feature in a row."""
    near = {j: _neighbours(values, dtype) for j, values in imported.probes.items()}
    rows = base[rng.integers(len(base), size=max(map(len, near.values()), default=0))].copy()
    for j, values in near.items():
        rows[: len(values), j] = rng.permutation(values)
        if len(values):
            rows[len(values) :, j] = rng.choice(values, len(rows) - len(values))
    return rows


def _neighbours(values: Array, dtype: str) -> Array:
    if not dtype.startswith("float"):
        exact = np.floor(values[np.isfinite(values)])
        limits = np.iinfo(dtype)
        around = np.unique(np.concatenate([exact, exact - 1, exact + 1]))
        return around[(around >= limits.min) & (around <= limits.max)]
    with np.errstate(over="ignore"):
        exact = np.unique(values[np.isfinite(values)]).astype(dtype)
    low, high = (np.nextafter(exact, np.asarray(to, dtype)) for to in (-np.inf, np.inf))
    return np.concatenate([exact, low, high]).astype(np.float64)


def _with(base: Array, columns: Any, value: float, rng: np.random.Generator) -> Array:
    """Rows of ``base`` with some of ``columns`` set to ``value``."""
    rows = base[rng.integers(len(base), size=100)].copy()
    mask = np.zeros(rows.shape, bool)
    mask[:, list(columns)] = rng.random((len(rows), len(list(columns)))) < 0.2
    mask[np.arange(len(rows)), rng.choice(list(columns), len(rows))] = True
    rows[mask] = value
    return rows
