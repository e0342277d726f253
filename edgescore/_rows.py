"""Owns what the row formats share: where rows come from, which format they are in, which value belongs in which column.

Refuses to hold a file in memory (a ``Chunk`` of rows at a time), and to guess: text where a number belongs, or a name
that is not there, makes a bad row or an ``InputError`` with the line and the remedy. One file per format does the rest.
"""

from __future__ import annotations

import math
import os
import stat
import struct

from edgescore._errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, Protocol, TextIO

    from edgescore._atomic import AtomicFile

    class Reader(Protocol):
        """Rows of one format; ``chunks(n)`` yields at most n rows at a time."""

        def chunks(self, size: int) -> Iterator[Chunk]:
            """The rows, in order."""

    class Writer(Protocol):
        """Rows into one format; every row is a tuple with one value per column, None where there is none."""

        def write(self, rows: Sequence[tuple[Any, ...]]) -> None:
            """Append rows."""

        def close(self) -> None:
            """Write what can only be known at the end."""


FORMATS = ("csv", "jsonl", "npy")
EXTENSIONS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".npy": "npy",
}
MISSING = ("", "NA", "N/A", "NULL", "null", "None")  # besides nan, which float() reads in any case
LONGEST_LINE = 1 << 24  # characters: a file without line ends must not fill the memory
# How a value is written. Nine digits bring a float32 back exactly; %s is the shortest text that does so for a float64.
FIELDS = {"text": "%s", "float32": "%.9g", "float64": "%s", "int": "%d"}
FOREIGN = (
    (b"\x1f\x8b", "is compressed; pipe it in: gzip -dc FILE | edgescore score MODEL -"),
    (b"PK\x03\x04", "is a ZIP or spreadsheet file; export it as CSV (UTF-8)"),
    (b"\xff\xfe", "is UTF-16 text; save it as UTF-8"),
    (b"\xfe\xff", "is UTF-16 text; save it as UTF-8"),
    (b"PAR1", "is a Parquet file; export it as CSV or JSON lines"),
)


class Categories(dict):  # type: ignore[type-arg]
    """Text of a cell -> category as the model knows it; text it does not know is passed on for the model's policy."""

    def __init__(self, categories: Sequence[Any]):
        super().__init__((str(category), category) for category in categories)
        self._numbers = all(isinstance(category, (int, float)) for category in categories)

    def __missing__(self, text: str) -> Any:
        if text in MISSING:
            return None
        if self._numbers:
            try:
                return float(text)  # 1.0 in the file is the category 1
            except ValueError:
                return text
        return text


class Columns:
    """The values of one row, in the model's order.

    names: feature names. categories: for each, the categories, None for a number. from_text: for each, the function
    that makes the value out of a cell. numeric: positions of numbers. named: False where the model has no feature
    names, so that only positions can count. code: array typecode of rows as one block, None where not all are floats.
    """

    def __init__(self, inputs: Sequence[dict[str, Any]]):
        self.names: list[str] = []
        self.categories: list[list[Any] | None] = []
        self.from_text: list[Callable[[str], Any]] = []
        self.named = True
        for port in inputs:
            number = float if port["dtype"].startswith("float") else integer
            features = port.get("features") or []
            if not features:
                self.named = False
                width = math.prod(port["shape"])
                features = [{"name": f"{port['name']}[{index}]", "kind": "numeric"} for index in range(width)]
            for feature in features:
                categories = feature["categories"] if feature["kind"] == "categorical" else None
                self.names.append(feature["name"])
                self.categories.append(categories)
                self.from_text.append(number if categories is None else Categories(categories).__getitem__)
        self.numeric = [index for index, categories in enumerate(self.categories) if categories is None]
        self._parts: list[tuple[str, slice]] = []
        at = 0
        for port in inputs if len(inputs) > 1 else ():
            width = math.prod(port["shape"])
            self._parts.append((port["name"], slice(at, at + width)))
            at += width
        whole = len(inputs) == 1 and len(self.numeric) == len(self.names)
        self.code = {"float32": "f", "float64": "d"}.get(inputs[0]["dtype"]) if whole else None
        self.named = self.named and all(self.names) and len(set(self.names)) == len(self.names)

    def given(self, rows: Any) -> Any:
        """``rows`` as the model takes them: as they are, or cut apart where it has several inputs."""
        return {name: [row[part] for row in rows] for name, part in self._parts} if self._parts else rows

    def value(self, position: int, text: str) -> Any:
        """The value in a cell, NaN for a missing number; ValueError with the reason where there is no number."""
        if self.categories[position] is not None:
            return self.from_text[position](text)
        if text.strip() in MISSING:
            return math.nan
        # float() also reads 1_000, which no data file means.
        if "_" not in text:
            try:
                return self.from_text[position](text)
            except (ValueError, OverflowError):
                pass  # said better below, with the name of the column
        number = "whole number" if self.from_text[position] is integer else "number"
        raise ValueError(f"{clip(text)} in column {self.names[position]!r} is not a {number}")


class Chunk:
    """Consecutive rows of a source.

    block: all of them as a 2-D memoryview that the model reads in place, where they are good floats; else None.
    bad: position of a row -> what is wrong with it. ids: per row a tuple of the values to copy through, or None where
    none were asked for. where(position): the place of a row, for people (``line 17``).
    """

    def __init__(
        self,
        rows: list[Any] | memoryview,
        bad: dict[int, str],
        ids: list[tuple[Any, ...]] | None,
        where: Callable[[int], str],
    ):
        self.block = rows if isinstance(rows, memoryview) else None
        self._rows = None if isinstance(rows, memoryview) else rows
        self.bad, self.ids, self.where = bad, ids, where

    def __len__(self) -> int:
        return len(self.rows if self.block is None else self.block)

    @property
    def rows(self) -> list[Any]:
        """One list of values per row, None for a bad one."""
        if self._rows is None and self.block is not None:
            self._rows = self.block.tolist()
        return self._rows or []

    def good(self) -> Any:
        """What the model can take at once: the block, or the rows that are not bad."""
        if self.block is not None:
            return self.block
        return [row for row in self.rows if row is not None] if self.bad else self.rows


class Source:
    """An open input: ``stream`` (buffered bytes), ``name`` for messages, ``size`` in bytes or None for a pipe."""

    def __init__(self, path: str):
        self.name = "standard input" if path == "-" else path
        try:
            self.stream = open(0, "rb", closefd=False) if path == "-" else open(path, "rb")
            status = os.fstat(self.stream.fileno())
        except OSError as error:
            raise InputError(f"{self.name}: cannot read: {error.strerror}") from None
        self.size = status.st_size if stat.S_ISREG(status.st_mode) else None
        self.text: TextIO | None = None

    def position(self) -> int | None:
        """Bytes read so far, where the size is known."""
        return None if self.size is None else os.lseek(self.stream.fileno(), 0, os.SEEK_CUR)

    def start(self) -> bytes:
        """The first bytes, without taking them out; InputError where they show a file of another kind, or nothing."""
        try:
            head = self.stream.peek(8)
        except OSError as error:
            raise InputError(f"{self.name}: cannot read: {error.strerror}") from None
        if not head:
            raise InputError(f"{self.name}: is empty; it needs at least one row")
        for magic, message in FOREIGN:
            if head.startswith(magic):
                raise InputError(f"{self.name}: {message}")
        return head

    def close(self) -> None:
        """Close the file; the descriptor of standard input stays open."""
        self.stream.close()

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_reader(
    source: Source,
    columns: Columns,
    kind: str | None = None,
    ids: Sequence[str] = (),
    header: str = "auto",
    delimiter: str | None = None,
) -> Reader:
    """A reader of ``kind`` (one of FORMATS; by extension or first bytes where None) for rows of ``columns``.

    ids: names of columns to copy through. header (CSV): ``auto``, ``names``, ``skip`` or ``none``. Raises InputError.
    """
    head = source.start()
    if kind is None:
        kind = EXTENSIONS.get(os.path.splitext(source.name)[1].lower())
    if kind is None:
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        kind = "npy" if head.startswith(b"\x93NUMPY") else "jsonl" if text[:1] in (b"{", b"[") else "csv"
    if kind == "csv":
        from edgescore._rows_csv import CsvReader

        tab = source.name.lower().endswith(".tsv")
        return CsvReader(source, columns, ids, header, delimiter or ("\t" if tab else ","))
    if kind == "jsonl":
        from edgescore._rows_json import JsonReader

        return JsonReader(source, columns, ids)
    from edgescore._rows_npy import NpyReader

    return NpyReader(source, columns, ids)


def open_writer(file: AtomicFile, columns: Sequence[tuple[str, str]], kind: str) -> Writer:
    """A writer of ``kind`` (one of FORMATS); ``columns`` are (name, ``text``, ``float32``, ``float64`` or ``int``)."""
    if kind == "csv":
        from edgescore._rows_csv import CsvWriter

        return CsvWriter(file, columns, "\t" if file.name.lower().endswith(".tsv") else ",")
    if kind == "jsonl":
        from edgescore._rows_json import JsonWriter

        return JsonWriter(file, columns)
    from edgescore._rows_npy import NpyWriter

    return NpyWriter(file, columns)


def lines(source: Source) -> Iterator[str]:
    """The lines of a text source with their ends; a byte-order mark is dropped, bytes that are not UTF-8 are kept."""
    import io

    # surrogateescape: a stray Latin-1 byte spoils its own cell, not the file, and an id is copied byte for byte.
    text = io.TextIOWrapper(source.stream, "utf-8-sig", "surrogateescape", newline="")
    source.text = text  # or it would close the stream behind the source's back when it is collected
    readline = text.readline
    try:
        while line := readline(LONGEST_LINE):
            if len(line) == LONGEST_LINE:
                raise InputError(f"{source.name}: has a line of more than {LONGEST_LINE} characters; is it text?")
            yield line
    except OSError as error:
        raise InputError(f"{source.name}: cannot read on: {error.strerror}") from None


def block(data: array[Any] | bytes, count: int, code: str | None = None) -> memoryview:
    """``count`` rows of numbers in ``data`` as a 2-D view, without a copy; ``code`` is the typecode of plain bytes."""
    flat = memoryview(data)
    typecode: Any = code or flat.format
    return flat.cast("B").cast(typecode, (count, len(flat.cast("B")) // (count * struct.calcsize(typecode))))


def integer(text: str) -> int:
    """The whole number in ``text`` (``7`` or ``7.0``); ValueError otherwise."""
    value = float(text)
    if value != int(value):
        raise ValueError(text)
    return int(value)


def clip(text: str) -> str:
    """``text`` quoted for a message, short and printable."""
    return ascii(text if len(text) <= 40 else text[:37] + "...")
