"""Owns CSV: rows by header name or by position, quoting, and the line numbers in its complaints.

The fast path hands whole chunks to the csv module and ``map(float, ...)``; a chunk that does not fit it is read again
row by row, so that good data pays nothing for the care bad data needs.
"""

from __future__ import annotations

import contextlib
import csv
import re
from array import array
from itertools import chain, islice
from operator import itemgetter

from edgescore._errors import InputError
from edgescore._rows import FIELDS, MISSING, Chunk, block, lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from edgescore._atomic import AtomicFile
    from edgescore._rows import Columns, Source

NEWLINE = re.compile("\r\n|\n|\r")
COUNTING = 4  # from so many columns on, a first line 0,1,2,... is a numbered header or a strange row: ask


class CsvReader:
    """Rows of a CSV text. Extra columns are ignored under a header; blank lines are no rows."""

    def __init__(self, source: Source, columns: Columns, ids: Sequence[str], header: str, delimiter: str):
        self._name, self._columns, self._delimiter = source.name, columns, delimiter
        self._lines = csv.reader(lines(source), delimiter=delimiter, strict=True)
        self._before = 0  # lines before the next record
        first = self._first()
        positions = self._by_name(first, header) if header in ("auto", "names") else None
        headed = positions is not None or header == "skip"
        if ids and not headed:
            raise InputError(self._line(f"no header to find {ids[0]!r} in; add one with the names of the columns"))
        self._ids = self._indexes(first, ids)
        if positions is None:
            positions = [index for index in range(len(first)) if index not in self._ids]
            self._positional(first, len(positions), header)
        self._width = len(first)
        self._pick = _picker(positions, self._width)
        self._numbers = _picker([positions[index] for index in columns.numeric], self._width)
        self._records: Iterator[list[str]] = self._lines if headed else chain([first], self._lines)
        if headed:
            self._before = self._lines.line_num

    def chunks(self, size: int) -> Iterator[Chunk]:
        """The rows, at most ``size`` at a time; InputError where quotes do not match, for rows cannot be told apart."""
        while True:
            records: list[list[str]] = []
            before, broken = self._before, ""
            try:
                records.extend(islice(self._records, size))
            except csv.Error as error:
                broken = self._broken(error)
            self._before = self._lines.line_num
            chunk = self._chunk(records, before)
            if len(chunk):
                yield chunk
            if broken:
                raise InputError(broken)
            if len(records) < size:
                return

    def _first(self) -> list[str]:
        try:
            for record in self._lines:
                if record:
                    self._before = self._lines.line_num - _height(record)
                    return record
        except csv.Error as error:
            raise InputError(self._broken(error)) from None
        raise InputError(f"{self._name}: is empty; it needs a header line or rows of numbers")

    def _by_name(self, first: list[str], header: str) -> list[int] | None:
        """Position of every feature in the header ``first``; None where the first line is no header."""
        names = self._columns.names
        if not self._columns.named:
            if header == "names":
                raise InputError("the model has no feature names to match a header with; use --header skip or none")
            return None
        if not set(names).issubset(first):
            first[:] = [cell.strip() for cell in first]
        present = set(first)
        missing = [name for name in names if name not in present]
        if not missing:
            return self._indexes(first, names)
        if header == "auto" and len(missing) == len(names) and all(_is_number(cell) for cell in first):
            return None
        raise InputError(self._line(self._lacking(first, missing)))

    def _lacking(self, first: list[str], missing: list[str]) -> str:
        import difflib

        near = difflib.get_close_matches(missing[0], first, 1)
        shown = ", ".join(map(repr, missing[:3])) + (", ..." if len(missing) > 3 else "")
        hint = f"; is {near[0]!r} meant?" if near else ""
        if len(missing) == len(self._columns.names):
            hint = "; where line 1 is a row already, pass --header none"
        if len(first) == 1:
            other = next((mark for mark in ";\t|" if mark in first[0]), "")
            hint = f"; the columns seem to be separated by {other!r}: pass --delimiter {other!r}" if other else hint
        return f"the header lacks {len(missing)} of the model's {len(self._columns.names)} features: {shown}{hint}"

    def _indexes(self, first: list[str], names: Sequence[str]) -> list[int]:
        """Where ``names`` stand in the header; InputError where one is absent or stands there twice."""
        at = {cell: index for index, cell in enumerate(first)}
        for name in names:
            if name not in at:
                raise InputError(self._line(f"the header has no column {name!r}"))
            if len(at) < len(first) and first.count(name) > 1:
                raise InputError(self._line(f"the header has the column {name!r} {first.count(name)} times"))
        return [at[name] for name in names]

    def _positional(self, first: list[str], found: int, header: str) -> None:
        """Raise where columns cannot be taken by position, or where the first line may be a header after all."""
        width = len(self._columns.names)
        if found != width:
            remedy = "give it a header with the feature names" if self._columns.named else "remove or add columns"
            raise InputError(self._line(f"{found} columns, the model takes {width}; {remedy}"))
        if header != "auto":
            return
        if len(self._columns.numeric) == width and not all(_is_number(cell) for cell in first):
            raise InputError(self._line("a header, but the model has no feature names; pass --header skip"))
        if width >= COUNTING and first == [str(index) for index in range(width)]:
            raise InputError(self._line("0,1,2,... may be a header or a row; pass --header skip or --header none"))

    def _chunk(self, records: list[list[str]], before: int) -> Chunk:
        kept: Sequence[int] = range(len(records))
        bad: dict[int, str] = {}
        rows: list[Any] | memoryview | None = self._whole(records)
        if rows is None:
            # Blank lines are no rows, so positions of rows and records part here.
            kept = [number for number, record in enumerate(records) if record]
            rows = []
            for number in kept:
                try:
                    rows.append(self._row(records[number]))
                except ValueError as reason:
                    bad[len(rows)] = str(reason)
                    rows.append(None)

        def where(position: int) -> str:
            return f"line {before + 1 + sum(_height(record) for record in records[: kept[position]])}"

        if not self._ids:
            return Chunk(rows, bad, None, where)
        padding = [""] * self._width if bad else []  # a row that is too short may lack its id
        padded = [records[number] + padding for number in kept]
        return Chunk(rows, bad, list(zip(*([record[at] for record in padded] for at in self._ids))), where)

    def _whole(self, records: list[list[str]]) -> list[Any] | memoryview | None:
        """All rows at once; None where at least one of them needs a closer look."""
        if set(map(len, records)) != {self._width}:
            return None
        # float() would read 1_000 as a number.
        if "_" in "".join(chain.from_iterable(map(self._numbers, records))):
            return None
        rows, code = map(self._pick, records), self._columns.code
        try:
            if code:
                return block(array(code, [*map(float, chain.from_iterable(rows))]), len(records))
            functions = self._columns.from_text
            return [[read(cell) for read, cell in zip(functions, cells)] for cells in rows]
        except (ValueError, OverflowError):
            return None

    def _row(self, record: list[str]) -> list[Any]:
        """One row; ValueError with the reason where it is bad."""
        if len(record) != self._width:
            raise ValueError(f"{len(record)} columns where {self._width} are expected")
        cells = self._pick(record)
        if self._columns.code and "_" not in "".join(cells):
            with contextlib.suppress(ValueError):
                return [float(cell or "nan") for cell in cells]
        return [self._columns.value(position, cell) for position, cell in enumerate(cells)]

    def _line(self, message: str) -> str:
        return f"{self._name} line {self._before + 1}: {message}"

    def _broken(self, error: csv.Error) -> str:
        where = f"{self._name} line {self._lines.line_num}"
        return f"{where}: {error}; check the quotes: rows after it cannot be told apart"


class CsvWriter:
    """A header line, then a line per row; floats with the digits their dtype holds, missing values as empty cells."""

    def __init__(self, file: AtomicFile, columns: Sequence[tuple[str, str]], delimiter: str):
        self._file, self._special = file, re.compile(f'[{re.escape(delimiter)}"\r\n]')
        self._kinds = [FIELDS[kind] for _, kind in columns]
        self._delimiter = delimiter
        self._template = delimiter.join(self._kinds) + "\n"
        self._texts = sum(kind == "text" for _, kind in columns)  # they come first
        self._empty = '""' if len(columns) == 1 else ""  # a blank line would be no row
        self._emit([delimiter.join(self._quote(name) for name, _ in columns) + "\n"])

    def write(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Append rows."""
        template, quote, count = self._template, self._quote, self._texts
        if any(row[-1] is None for row in rows):
            self._emit([self._with_gaps(row) for row in rows])
        elif count:
            self._emit([template % (*map(quote, row[:count]), *row[count:]) for row in rows])
        else:
            self._emit([template % row for row in rows])

    def close(self) -> None:
        """Nothing is left to write."""

    def _with_gaps(self, row: tuple[Any, ...]) -> str:
        texts = map(self._quote, row[: self._texts])
        numbers = (self._empty if value is None else kind % value for kind, value in zip(self._kinds, row))
        return self._delimiter.join((*texts, *islice(numbers, self._texts, None))) + "\n"

    def _quote(self, value: Any) -> str:
        if value is None or value == "":
            return self._empty
        text = value if isinstance(value, str) else str(value)
        return '"' + text.replace('"', '""') + '"' if self._special.search(text) else text

    def _emit(self, texts: list[str]) -> None:
        self._file.write("".join(texts).encode("utf-8", "surrogateescape"))


def _picker(positions: Sequence[int], width: int) -> Callable[[list[str]], Sequence[str]]:
    """Cells of a record at ``positions``, as a sequence; the record itself where that is the same."""
    if list(positions) == list(range(width)):
        return _itself
    if len(positions) > 1:
        return itemgetter(*positions)
    return itemgetter(slice(positions[0], positions[0] + 1)) if positions else itemgetter(slice(0, 0))


def _itself(record: list[str]) -> list[str]:
    return record


def _height(record: list[str]) -> int:
    """Lines a record takes: quoted cells may contain line ends."""
    return 1 + sum(len(NEWLINE.findall(cell)) for cell in record)


def _is_number(cell: str) -> bool:
    if cell.strip() in MISSING:
        return True
    try:
        float(cell)
    except ValueError:
        return False
    return True
