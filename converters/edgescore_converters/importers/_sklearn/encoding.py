"""Encoders of categories: one-hot, ordinal and target encoding.

What a category becomes is not worked out here from drop, min_frequency, max_categories and missing-value settings:
the fitted encoder is asked, with one row for each of its categories. Only unknown ones follow from its parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .builder import Builder
from .columns import Table, is_missing
from .registry import transformer

Floats = NDArray[np.float64]


@transformer("OneHotEncoder", routes_nan=True)
def one_hot(b: Builder, est: Any, x: Table) -> Table:
    """A column for each category (or group of infrequent ones) that is not dropped."""
    strict = est.handle_unknown == "error"
    codes = _category_codes(b, est, x, strict=strict)
    answers = _ask(est)
    ends = np.cumsum([0, *est._n_features_outs])
    keys, places, unknown = [], [], []
    for j, categories in enumerate(est.categories_):
        block = answers[: len(categories), ends[j] : ends[j + 1]]
        place = np.where(block.any(axis=1), block.argmax(axis=1) if block.shape[1] else 0, -1)
        group = _infrequent(est, j) if est.handle_unknown in ("infrequent_if_exist", "warn") else None
        keys.append(codes[j])
        places.append(place.astype(np.float64))
        unknown.append(-1.0 if group is None else float(place[group]))
    value, widths = x.value, np.diff(ends)
    shared = any(np.count_nonzero(place >= 0) != width for place, width in zip(places, widths, strict=True))
    if shared or max(unknown) >= 0:
        value = b.add("lookup", value, _offsets(keys), np.concatenate(keys), np.concatenate(places), unknown, None)
        listed = [np.arange(width, dtype=np.float64) for width in widths]
    else:
        # With one category a column, the categories themselves are listed, in the order of their columns.
        listed = [key[place >= 0][np.argsort(place[place >= 0])] for key, place in zip(keys, places, strict=True)]
    if not any(map(len, listed)):
        raise b.refusal("it makes no column", "leave the step out")
    return Table(b.add("one_hot", value, _offsets(listed), np.concatenate(listed)))


@transformer("OrdinalEncoder", routes_nan=True)
def ordinal(b: Builder, est: Any, x: Table) -> Table:
    """The number that the encoder gives a category, ``unknown_value`` for others."""
    strict = est.handle_unknown == "error"
    keys = _category_codes(b, est, x, strict=strict)
    answers = _ask(est)
    values = [answers[: len(key), j] for j, key in enumerate(keys)]
    other = np.full(x.width, np.nan if strict else float(est.unknown_value))
    return Table(b.add("lookup", x.value, _offsets(keys), np.concatenate(keys), np.concatenate(values), other, None))


@transformer("TargetEncoder", routes_nan=True)
def target(b: Builder, est: Any, x: Table) -> Table:
    """The mean target of a category, the overall mean for others; a column per class where there are more than two."""
    keys = _category_codes(b, est, x, strict=False)
    answers = _ask(est)
    classes = answers.shape[1] // x.width
    if classes > 1:
        x = b.select(x, np.repeat(np.arange(x.width), classes).tolist())
        keys = [key for key in keys for _ in range(classes)]
    values = [answers[: len(key), j] for j, key in enumerate(keys)]
    other = np.resize(np.ravel(est.target_mean_), x.width)
    return Table(b.add("lookup", x.value, _offsets(keys), np.concatenate(keys), np.concatenate(values), other, None))


@transformer("KBinsDiscretizer")
def bins(b: Builder, est: Any, x: Table) -> Table:
    """The bin's number, or a column for each bin."""
    edges = [np.asarray(column[1:-1], np.float64) for column in est.bin_edges_]
    for column, inner in zip(x.columns, edges, strict=True):
        b.probe(column, inner)
    b.saw(x, [column[0] for column in est.bin_edges_], [column[-1] for column in est.bin_edges_])
    value = x.value
    if est.dtype is not None and np.dtype(est.dtype) == np.float32:
        value = b.add("cast", b.add("cast", value, dtype="float32"), dtype="float64")
    if not any(map(len, edges)):
        edges[0] = np.asarray([np.inf])  # a table may not be empty, and one bin has no edge
    value = b.add("bucketize", value, _offsets(edges), np.concatenate(edges))
    if est.encode == "ordinal":
        return Table(value)
    numbers = [np.arange(count, dtype=np.float64) for count in est.n_bins_]
    return Table(b.add("one_hot", value, _offsets(numbers), np.concatenate(numbers)))


@transformer("Binarizer")
def binarizer(b: Builder, est: Any, x: Table) -> Table:
    """1 above the threshold, else 0."""
    for column in x.columns:
        b.probe(column, [est.threshold])
    return x.mapped(b.add("binarize", x.value, np.full(x.width, est.threshold, np.float64)))


def _category_codes(b: Builder, est: Any, x: Table, *, strict: bool) -> list[Floats]:
    """What the graph sees for each category of each column; says which columns may be NaN."""
    codes = []
    for column, categories in zip(x.columns, est.categories_, strict=True):
        if strict and not any(is_missing(category) for category in categories):
            b.refuse_nan(Table(None, [column]))
        codes.append(b.codes(column, list(categories), strict=strict))
    return codes


def _ask(est: Any) -> Floats:
    """The encoder's output for rows whose i-th has every column's i-th category (the last where there are fewer)."""
    rows = max(len(categories) for categories in est.categories_)
    columns = [categories[np.minimum(np.arange(rows), len(categories) - 1)] for categories in est.categories_]
    names = getattr(est, "feature_names_in_", None)
    if names is not None:
        import pandas

        table: Any = pandas.DataFrame(dict(zip(names, columns, strict=True)))
    elif any(column.dtype.kind not in "fiub" for column in columns):
        table = np.stack([column.astype(object) for column in columns], axis=1)
    else:
        table = np.stack(columns, axis=1)
    answers = est.transform(table)
    return np.asarray(answers.toarray() if hasattr(answers, "toarray") else answers, np.float64)


def _infrequent(est: Any, column: int) -> int | None:
    """The number of a category of the column's infrequent group, or None where there is no such group."""
    groups = getattr(est, "infrequent_categories_", None)
    group = groups[column] if groups is not None else None
    if group is None or not len(group):
        return None
    categories = list(est.categories_[column])
    return next(i for i, c in enumerate(categories) if c == group[0] or (is_missing(c) and is_missing(group[0])))


def _offsets(tables: Sequence[Floats]) -> NDArray[np.int32]:
    return np.cumsum([0, *(len(table) for table in tables)]).astype(np.int32)
