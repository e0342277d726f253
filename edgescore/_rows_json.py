"""Owns JSON lines: one object (by feature name) or array (by position) per line, in any order and mixture.

Refuses a file that is one JSON document over many lines: that cannot be read a row at a time.
"""

from __future__ import annotations

import json
import math
from itertools import islice
from operator import itemgetter

from edgescore._errors import InputError
from edgescore._rows import FIELDS, Chunk, clip, lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from edgescore._atomic import AtomicFile
    from edgescore._rows import Columns, Source

NUMBERS = frozenset((int, float, bool))


class JsonReader:
    """Rows of a JSON lines text. Keys that are no features are ignored; blank lines are no rows."""

    def __init__(self, source: Source, columns: Columns, ids: Sequence[str]):
        if ids and not columns.named:
            raise InputError("the model has no feature names, so rows are arrays and have no column to copy through")
        self._name, self._columns, self._ids = source.name, columns, ids
        self._lines = lines(source)
        self._before = 0  # lines before the next chunk
        self._numeric = set(columns.numeric)
        self._all_numeric = len(columns.numeric) == len(columns.names)
        self._pick = itemgetter(*columns.names) if len(columns.names) > 1 else None

    def chunks(self, size: int) -> Iterator[Chunk]:
        """The rows, at most ``size`` at a time."""
        empty = True
        while texts := list(islice(self._lines, size)):
            chunk = self._chunk(texts, self._before)
            self._before += len(texts)
            if len(chunk):
                empty = False
                yield chunk
        if empty:
            raise InputError(f"{self._name}: is empty; it needs one JSON object or array per line")

    def _chunk(self, texts: list[str], before: int) -> Chunk:
        kept = [number for number, text in enumerate(texts) if not text.isspace()]
        rows: list[list[Any] | None] = []
        ids: list[tuple[Any, ...]] = []
        bad: dict[int, str] = {}
        for number in kept:
            row, copied = None, (None,) * len(self._ids)
            try:
                record = self._parse(texts[number], before + number)
                if self._ids and isinstance(record, dict):
                    copied = tuple(self._value(record, name) for name in self._ids)
                row = self._row(record)
            except (ValueError, RecursionError) as reason:
                if isinstance(reason, InputError):
                    raise
                bad[len(rows)] = str(reason)
            rows.append(row)
            ids.append(copied)
        return Chunk(rows, bad, ids if self._ids else None, lambda position: f"line {before + 1 + kept[position]}")

    def _parse(self, text: str, number: int) -> Any:
        record, failure = None, ""
        try:
            record = json.loads(text)
        except ValueError as error:
            failure = f"is not JSON: {error}"
        nested = isinstance(record, list) and record[:1] and isinstance(record[0], (dict, list))
        if number == 0 and (nested or (failure and (text.strip() in ("[", "{") or text.startswith("[{")))):
            raise InputError(f"{self._name}: is one JSON document; it needs one row per line (jq -c '.[]' makes them)")
        if failure:
            raise ValueError(failure)
        return record

    def _row(self, record: Any) -> list[Any]:
        """The values of one record; ValueError with the reason where it is bad."""
        names = self._columns.names
        if isinstance(record, dict):
            try:
                values = [*self._pick(record)] if self._pick else [record[names[0]]]
            except KeyError:
                return [self._value(record, name) for name in names]  # raises, with the reason
        elif isinstance(record, list):
            if len(record) != len(names):
                raise ValueError(f"{len(record)} values where the model takes {len(names)}")
            if self._ids:
                raise ValueError(f"an array has no column {self._ids[0]!r} to copy through")
            values = record
        else:
            raise ValueError(f"{clip(str(record))} is no object or array")
        if self._all_numeric and NUMBERS.issuperset(map(type, values)):
            return values
        return [self._number(index, value) if index in self._numeric else value for index, value in enumerate(values)]

    def _number(self, index: int, value: Any) -> Any:
        if value is None:
            return math.nan
        if type(value) not in NUMBERS:
            raise ValueError(f"{clip(json.dumps(value))} in {self._columns.names[index]!r} is not a number")
        return value

    def _value(self, record: dict[str, Any], name: str) -> Any:
        if name not in record:
            raise ValueError(f"{name!r} is missing; a value that is not known is null")
        return record[name]


class JsonWriter:
    """An object per row. Missing values, NaN and infinities become null, for JSON has no other word for them."""

    def __init__(self, file: AtomicFile, columns: Sequence[tuple[str, str]]):
        self._file, self._kinds = file, [FIELDS[kind] for _, kind in columns]
        self._texts = sum(kind == "text" for _, kind in columns)  # they come first
        keys = [json.dumps(name).replace("%", "%%") for name, _ in columns]
        self._template = "{" + ",".join(f"{key}:{kind}" for key, kind in zip(keys, self._kinds)) + "}\n"
        self._strings = "{" + ",".join(f"{key}:%s" for key in keys) + "}\n"

    def write(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Append rows."""
        out, count = [], self._texts
        for row in rows:
            texts, numbers = map(json.dumps, row[:count]), row[count:]
            if None not in numbers and all(map(math.isfinite, numbers)):
                out.append(self._template % (*texts, *numbers))
            else:
                known = (
                    kind % value if value is not None and math.isfinite(value) else "null"
                    for kind, value in zip(self._kinds[count:], numbers)
                )
                out.append(self._strings % (*texts, *known))
        self._file.write("".join(out).encode())

    def close(self) -> None:
        """Nothing is left to write."""
