"""Rows from and to CSV, JSON lines and .npy."""

from __future__ import annotations

import csv
import io
import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgescore import _rows
from edgescore._atomic import AtomicFile
from edgescore._errors import InputError
from edgescore._rows import Columns, Source, open_reader, open_writer


def port(*names: str, dtype: str = "float32", **categories: list[Any]) -> list[dict[str, Any]]:
    """The inputs of a model as ``describe`` gives them."""
    features = [
        {"name": name, "kind": "categorical" if name in categories else "numeric", "categories": categories.get(name)}
        for name in names
    ]
    return [{"name": "x", "dtype": dtype, "shape": [1, len(names)], "features": features}]


NUMBERS = port("a", "b", "c")
WORDS = port("a", "b", "c", c=["low", "mid", "high"])
NAMELESS = [{"name": "x", "dtype": "float32", "shape": [1, 4], "features": []}]


def read(
    path: Path, data: str | bytes | None, inputs: list[dict[str, Any]] = NUMBERS, size: int = 4, **options: Any
) -> tuple[list[Any], dict[str, str], list[Any]]:
    """(rows, place -> reason of bad ones, ids) of a whole file, ``size`` rows at a time."""
    if data is not None:
        path.write_bytes(data.encode() if isinstance(data, str) else data)
    rows: list[Any] = []
    bad: dict[str, str] = {}
    ids: list[Any] = []
    with Source(str(path)) as source:
        for chunk in open_reader(source, Columns(inputs), **options).chunks(size):
            assert 0 < len(chunk) <= size
            assert len(chunk.rows) == len(chunk)
            assert {position for position, row in enumerate(chunk.rows) if row is None} == set(chunk.bad)
            rows += chunk.rows
            bad |= {chunk.where(position): reason for position, reason in chunk.bad.items()}
            ids += chunk.ids or []
    return rows, bad, ids


def same(left: list[Any], right: list[Any]) -> bool:
    return len(left) == len(right) and all(
        len(a) == len(b) and all(x == y or (x != x and y != y) for x, y in zip(a, b, strict=True))
        for a, b in zip(left, right, strict=True)
    )


ROWS = [[1.0, 2.0, 3.0], [4.0, 5.5, -6.0]]


@pytest.mark.parametrize(
    "text",
    [
        "a,b,c\n1,2,3\n4,5.5,-6\n",
        "a,b,c\n1,2,3\n4,5.5,-6",
        "1,2,3\n4,5.5,-6\n",
        "\ufeffa,b,c\r\n1,2,3\r\n4,5.5,-6\r\n",
        "\ufeff1,2,3\r\n4,5.5,-6",
        "a,b,c\r1,2,3\r4,5.5,-6\r",
        "c,b,a\n3,2,1\n-6,5.5,4\n",
        "id,c,note,b,a\nx,3,,2,1\ny,-6,_,5.5,4\n",
        '"a","b","c"\n"1","2","3"\n"4","5.5","-6"\n',
        " a , b,c \n 1 , 2,3 \n4, 5.5,-6\n",
        "\n\na,b,c\n\n1,2,3\n\n\n4,5.5,-6\n\n",
        "a,b,c\n1e0,+2.,3\n4.0,.55e1,-6\n",
    ],
)
def test_csv(tmp_path: Path, text: str) -> None:
    assert read(tmp_path / "in.csv", text) == (ROWS, {}, [])


def test_csv_delimiters(tmp_path: Path) -> None:
    assert read(tmp_path / "in.tsv", "a\tb\tc\n1\t2\t3\n4\t5.5\t-6\n")[0] == ROWS
    assert read(tmp_path / "in.csv", "a;b;c\n1;2;3\n4;5.5;-6\n", delimiter=";")[0] == ROWS


def test_csv_headers(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    assert read(path, "u,v,w\n1,2,3\n4,5.5,-6\n", header="skip")[0] == ROWS
    assert read(path, "u,id,v,w\n1,p,2,3\n4,q,5.5,-6\n", header="skip", ids=["id"])[::2] == (ROWS, [("p",), ("q",)])
    assert read(path, "1,2,low\n4,5,high\n", WORDS, header="none")[0] == [[1, 2, "low"], [4, 5, "high"]]
    assert read(path, "0,1,2,3\n", NAMELESS, header="none")[0] == [[0, 1, 2, 3]]
    assert read(path, "a,b,c\n")[0] == []


def test_csv_missing_values(tmp_path: Path) -> None:
    rows, bad, _ = read(tmp_path / "in.csv", "a,b,c\n,NA,3\nnan,NULL,null\n1, ,N/A\n")
    nan = math.nan
    assert not bad
    assert same(rows, [[nan, nan, 3], [nan, nan, nan], [1, nan, nan]])
    assert read(tmp_path / "in.csv", "a,b,c\n1,2,\n1,2,low\n1,2,odd\n", WORDS)[0] == [
        [1, 2, None],
        [1, 2, "low"],
        [1, 2, "odd"],  # the model decides
    ]


def test_csv_categories_that_are_no_text(tmp_path: Path) -> None:
    codes = port("a", "b", a=[1, 2, 30], b=[False, True])
    rows = read(tmp_path / "in.csv", "a,b\n1,True\n2.0,False\n30,\n7,maybe\nx,True\n", codes)[0]
    assert rows == [[1, True], [2, False], [30, None], [7, "maybe"], ["x", True]]
    assert read(tmp_path / "in.csv", 'a\n""\nNA\nu\n', port("a", a=["", "NA", "u"]))[0] == [[""], ["NA"], ["u"]]


def test_csv_bad_rows(tmp_path: Path) -> None:
    text = 'a,b,c\n1,2,3\n1,2\n1,2,3,4\n\n"x\ny",2,3\n1,1_0,3\n1,2,three\n4,5.5,-6\n'
    expected = {
        "line 3": "2 columns where 3 are expected",
        "line 4": "4 columns where 3 are expected",
        "line 6": r"'x\ny' in column 'a' is not a number",
        "line 8": "'1_0' in column 'b' is not a number",
        "line 9": "'three' in column 'c' is not a number",
    }
    for size in (1, 2, 3, 4, 100):
        rows, bad, _ = read(tmp_path / "in.csv", text, size=size)
        assert [row for row in rows if row] == ROWS
        assert bad == expected


def test_csv_ids_of_bad_rows(tmp_path: Path) -> None:
    text = "a,id,b,c\n1,p,2,3\n1\nx,q,2,3\n\n"
    rows, bad, ids = read(tmp_path / "in.csv", text, ids=["id", "a"])
    assert (len(rows), len(bad)) == (3, 2)
    assert ids == [("p", "1"), ("", "1"), ("q", "x")]


def test_bytes_that_are_no_text_spoil_only_their_cell(tmp_path: Path) -> None:
    rows, bad, ids = read(tmp_path / "in.csv", b"id,a,b,c\n\xe9,1,2,3\nx,\xe9,2,3\n", ids=["id"])
    assert (rows[0], list(bad)) == ([1, 2, 3], ["line 3"])
    assert ids[0][0].encode("utf-8", "surrogateescape") == b"\xe9"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"in\.csv: is empty"),
        ("\n\n", "is empty"),
        ("\ufeff", "is empty"),
        ("a,b\n1,2\n", r"in\.csv line 1: the header lacks 1 of the model's 3 features: 'c'"),
        ("\n\na,bb,c\n", "line 3: the header lacks 1 of the model's 3 features: 'b'; is 'bb' meant?"),
        ("x,y,z\n1,2,3\n", "lacks 3 of the model's 3 features: 'a', 'b', 'c'; where line 1 is a row already"),
        ("a;b;c\n1;2;3\n", "separated by ';': pass --delimiter ';'"),
        ("a,b,c,a\n1,2,3,4\n", "the header has the column 'a' 2 times"),
        ("1,2\n3,4\n", "line 1: 2 columns, the model takes 3; give it a header"),
        ("1,2,3,4\n", "line 1: 4 columns, the model takes 3; give it a header"),
        ('a,b,c\n1,2,3\n"1,2,3\n', "unexpected end of data; check the quotes"),
        ('a,b,c\n1,2,"3"4\n', "line 2: .*check the quotes"),
        ("\x1f\x8b\x08\x00binary", "is compressed; pipe it in: gzip"),
        (b"\xff\xfea\x00", "is UTF-16 text; save it as UTF-8"),
        (b"PK\x03\x04rest", "spreadsheet"),
    ],
)
def test_csv_that_is_refused(tmp_path: Path, text: str | bytes, message: str) -> None:
    data = text.encode("latin-1") if isinstance(text, str) and text.startswith("\x1f") else text
    with pytest.raises(InputError, match=message):
        read(tmp_path / "in.csv", data)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("0,1,2,3\n5,6,7,8\n", {}, "may be a header or a row; pass --header skip or --header none"),
        ("p,q,r,s\n1,2,3,4\n", {}, "the model has no feature names; pass --header skip"),
        ("p,q,r,s\n1,2,3,4\n", {"header": "names"}, "the model has no feature names"),
        ("1,2,3\n", {}, "line 1: 3 columns, the model takes 4; remove or add columns"),
        ("1,2,3,4\n", {"ids": ["id"]}, "no header to find 'id' in"),
        ("p,q,r,s,t\n1,2,3,4,5\n", {"ids": ["id"], "header": "skip"}, "the header has no column 'id'"),
    ],
)
def test_csv_without_feature_names(tmp_path: Path, text: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path / "in.csv", text, NAMELESS, **options)


def test_a_file_without_line_ends_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_rows, "LONGEST_LINE", 100)
    for name in ("in.csv", "in.jsonl"):
        with pytest.raises(InputError, match="a line of more than 100 characters"):
            read(tmp_path / name, "1," * 200)


def test_json_lines(tmp_path: Path) -> None:
    text = '\ufeff{"c": 3, "a": 1, "b": 2, "id": {"n": [7]}}\r\n\n[4, 5.5, -6]\n{"a":null,"b":NaN,"c":true}'
    rows, bad, ids = read(tmp_path / "in.jsonl", text, size=2)
    assert (bad, ids) == ({}, [])
    assert same(rows, [*ROWS, [math.nan, math.nan, 1]])
    rows, bad, ids = read(tmp_path / "in.json", text, ids=["id"])
    assert ids == [({"n": [7]},), (None,), (None,)]
    assert bad == {
        "line 3": "an array has no column 'id' to copy through",
        "line 4": "'id' is missing; a value that is not known is null",
    }
    assert read(tmp_path / "in.ndjson", '{"a":1,"b":null,"c":"odd"}\n[1,2,null]', WORDS)[0][1] == [1, 2, None]


def test_json_lines_of_one_feature(tmp_path: Path) -> None:
    assert read(tmp_path / "in.jsonl", '{"a": 1}\n[2]\n', port("a"))[0] == [[1], [2]]


def test_json_bad_rows(tmp_path: Path) -> None:
    lines = [
        '{"a": 1, "b": 2}',
        '{"a": 1, "b": 2, "c": "3"}',
        "[1, 2]",
        "7",
        '"abc"',
        '{"a": 1,',
        "",
        "[1,2,[3]]",
        "[" * 100_000,
        "[1,2,3]",
    ]
    rows, bad, _ = read(tmp_path / "in.jsonl", "\n".join(lines))
    assert [row for row in rows if row] == [[1, 2, 3]]
    assert list(bad) == [f"line {number}" for number in (1, 2, 3, 4, 5, 6, 8, 9)]
    reasons = list(bad.values())
    assert reasons[0] == "'c' is missing; a value that is not known is null"
    assert reasons[1] == """'"3"' in 'c' is not a number"""
    assert reasons[2] == "2 values where the model takes 3"
    assert reasons[5].startswith("is not JSON: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n \n", "is empty; it needs one JSON object or array per line"),
        ('[\n{"a":1}\n]', "one JSON document.*jq -c"),
        ('{\n"a":1\n}', "one JSON document"),
        ('[{"a":1,"b":2,"c":3},\n{"a":1,"b":2,"c":3}]', "one JSON document"),
        ("[[1,2,3],[4,5,6]]", "one JSON document"),
    ],
)
def test_json_that_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path / "in.jsonl", text)


@pytest.mark.parametrize("dtype", ["<f4", "<f8", ">f4", ">f8", "i1", "u1", "<i2", ">u2", "<i4", ">i8", "<u8", "?"])
@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_npy(tmp_path: Path, dtype: str, version: tuple[int, int]) -> None:
    data = np.array([[1, 2, 3], [4, 5, 6], [0, 1, 0]]).astype(dtype)
    with open(tmp_path / "in.npy", "wb") as file:
        np.lib.format.write_array(file, data, version)
    assert read(tmp_path / "in.npy", None, size=2) == (data.tolist(), {}, [])


def test_npy_shapes(tmp_path: Path) -> None:
    def rows(array: Any, inputs: list[dict[str, Any]] = NUMBERS) -> list[Any]:
        np.save(tmp_path / "in.npy", array)
        return read(tmp_path / "in.npy", None, inputs)[0]

    data = np.arange(12, dtype=np.float32)
    assert rows(data.reshape(2, 2, 3), [{"name": "x", "dtype": "float32", "shape": [1, 2, 3], "features": []}]) == [
        data[:6].tolist(),
        data[6:].tolist(),
    ]
    assert rows(data[:3]) == [[0, 1, 2]]
    assert rows(data[:3], port("a")) == [[0], [1], [2]]
    assert rows(np.asfortranarray(data[:3].reshape(1, 3))) == [[0, 1, 2]]
    assert rows(np.zeros((0, 3), np.float32)) == []
    assert rows(np.array([[1], [30]]), port("a", a=[1, 2, 30])) == [[1], [30]]


@pytest.mark.parametrize(
    ("array", "inputs", "message"),
    [
        (np.zeros((2, 4)), NUMBERS, r"has shape \(2, 4\), the model takes rows of 3"),
        (np.zeros(4), NUMBERS, "the model takes rows of 3"),
        (np.float32(1), NUMBERS, "has shape"),
        (np.asfortranarray(np.zeros((2, 3))), NUMBERS, "Fortran order.*ascontiguousarray"),
        (np.zeros((2, 3), np.float16), NUMBERS, "'<f2'.*astype"),
        (np.zeros((2, 3), np.complex64), NUMBERS, "'<c8'"),
        (np.array([["a", "b", "c"]]), NUMBERS, "'<U1'"),
        (np.zeros(2, "f4,f4,f4"), NUMBERS, r"\('f0', '<f4'\)"),
        (np.zeros((2, 3)), WORDS, "'c' takes text, which .npy cannot hold"),
    ],
)
def test_npy_that_is_refused(tmp_path: Path, array: Any, inputs: list[dict[str, Any]], message: str) -> None:
    np.save(tmp_path / "in.npy", array)
    with pytest.raises(InputError, match=message):
        read(tmp_path / "in.npy", None, inputs)


def test_damaged_npy(tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.save(stream, np.zeros((5, 3), np.float32))
    whole = stream.getvalue()
    for end in range(1, len(whole)):
        with pytest.raises(InputError, match=r"header is damaged|not a \.npy|ends after row . of 5"):
            read(tmp_path / "in.npy", whole[:end])
    with pytest.raises(InputError, match="goes on behind its last row"):
        read(tmp_path / "in.npy", whole + b"x")
    with pytest.raises(InputError, match="header is damaged"):
        read(tmp_path / "in.npy", whole.replace(b"(5, 3)", b"(5, x)"))
    with pytest.raises(InputError, match="has shape"):
        read(tmp_path / "in.npy", whole.replace(b"(5, 3)", b"(-5,3)"))
    with pytest.raises(InputError, match="no column 'id'"):
        read(tmp_path / "in.npy", whole, ids=["id"])


def test_integer_inputs(tmp_path: Path) -> None:
    rows, bad, _ = read(tmp_path / "in.csv", "a,b\n1,2.0\n1.5,2\n", port("a", "b", dtype="int8"))
    assert (rows[0], bad) == ([1, 2], {"line 3": "'1.5' in column 'a' is not a whole number"})
    assert all(type(value) is int for value in rows[0])


@pytest.mark.parametrize("text", ["a,b,c\n1,2,3\n", '{"a":1,"b":2,"c":3}\n', "[1,2,3]"])
def test_the_format_is_found_by_content(tmp_path: Path, text: str) -> None:
    assert read(tmp_path / "unknown.data", text)[0] == [[1, 2, 3]]


def test_sources_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere: cannot read: No such file"):
        Source(str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match="Is a directory"):
        Source(str(tmp_path))


FIELDS = [("id", "text"), ("prediction", "text"), ("score", "float32"), ("exact", "float64"), ("n", "int")]
TENTH = float(np.float32(0.1))
OUTPUT = [("a,b", 'say "no"', TENTH, 0.1, 7), ("\u00e9\n%s", None, 2.5, 1e300, -1), (None, True, 1e-30, -0.0, 0)]
GAP = ("x", None, None, None, None)


def write(path: Path, rows: list[tuple[Any, ...]], fields: list[tuple[str, str]], kind: str) -> Path:
    with AtomicFile(path) as file:
        writer = open_writer(file, fields, kind)
        writer.write(rows[:1])
        writer.write(rows[1:])
        writer.close()
    return path


def test_csv_writer(tmp_path: Path) -> None:
    path = write(tmp_path / "out.csv", [*OUTPUT, GAP], [("100 %,", "text"), *FIELDS[1:]], "csv")
    with open(path, newline="") as file:
        assert list(csv.reader(file, strict=True)) == [
            ["100 %,", "prediction", "score", "exact", "n"],
            ["a,b", 'say "no"', "0.100000001", "0.1", "7"],
            ["\u00e9\n%s", "", "2.5", "1e+300", "-1"],
            ["", "True", "1e-30", "-0.0", "0"],
            ["x", "", "", "", ""],
        ]


def test_a_single_empty_cell_is_no_blank_line(tmp_path: Path) -> None:
    path = write(tmp_path / "out.csv", [("u",), (None,), ("",)], [("prediction", "text")], "csv")
    assert path.read_text() == 'prediction\nu\n""\n""\n'
    path = write(tmp_path / "out.csv", [(0.5,), (None,)], [("score", "float32")], "csv")
    assert path.read_text() == 'score\n0.5\n""\n'


def test_json_writer(tmp_path: Path) -> None:
    rows = [*OUTPUT, GAP, ("y", "z", math.nan, math.inf, 1), ([1], {"k": 2}, 1.0, 2.0, 3)]
    path = write(tmp_path / "out.jsonl", rows, [("100 %", "text"), *FIELDS[1:]], "jsonl")
    found = [json.loads(line, parse_constant=pytest.fail) for line in path.read_text().splitlines()]
    names = ["100 %", "prediction", "score", "exact", "n"]
    assert found[0] == dict(zip(names, ("a,b", 'say "no"', 0.100000001, 0.1, 7), strict=True))
    assert [list(row.values()) for row in found[1:]] == [
        ["\u00e9\n%s", None, 2.5, 1e300, -1],
        [None, True, 1e-30, -0.0, 0],
        ["x", None, None, None, None],
        ["y", "z", None, None, 1],
        [[1], {"k": 2}, 1.0, 2.0, 3],
    ]


@pytest.mark.parametrize(
    ("kinds", "dtype"),
    [(["float32"] * 2, "<f4"), (["float64"], "<f8"), (["int"], "<i8"), (["int", "float32"], "<f8")],
)
def test_npy_writer(tmp_path: Path, kinds: list[str], dtype: str) -> None:
    rows = [tuple(range(n, n + len(kinds))) for n in range(5)]
    fields = [(str(n), kind) for n, kind in enumerate(kinds)]
    data = np.load(write(tmp_path / "out.npy", rows, fields, "npy"))
    assert data.dtype.str == dtype
    assert data.tolist() == [row[0] for row in rows] if len(kinds) == 1 else [list(row) for row in rows]
    assert np.load(write(tmp_path / "out.npy", [], fields, "npy")).shape == ((0,) if len(kinds) == 1 else (0, 2))
    if "int" not in kinds:
        gap = np.load(write(tmp_path / "out.npy", [rows[0], (None,) * len(kinds)], fields, "npy"))
        assert np.isnan(gap[1]).all()


@given(st.lists(st.floats(width=32, allow_nan=False), min_size=1))
def test_float32_comes_back_exactly(values: list[float]) -> None:
    text = ("%.9g," * len(values)) % tuple(values)
    assert [np.float32(cell) for cell in text.split(",")[:-1]] == [np.float32(value) for value in values]


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4) | st.sampled_from(
    ["1", "", "NA", "\r\n", '"', ",", "1_0", "nan", "1e999", " 2 ", "\u0661"]
)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=12), st.integers(1, 5))
def test_fast_and_slow_reading_agree(tmp_path_factory: pytest.TempPathFactory, cells: list[Any], size: int) -> None:
    path = tmp_path_factory.getbasetemp() / f"agree-{random.random()}.csv"
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
    writer.writerow(["a", "b", "c"])
    writer.writerows(cells)
    path.write_text(stream.getvalue(), newline="")
    try:
        whole, single = read(path, None, size=size), read(path, None, size=1)
    finally:
        path.unlink()
    assert same([row or [] for row in whole[0]], [row or [] for row in single[0]])
    assert whole[1] == single[1]
    assert len(whole[0]) == len(cells)
    for row, record in zip(whole[0], cells, strict=True):
        if row is not None:
            known = [math.nan if cell.strip() in _rows.MISSING else np.float32(cell) for cell in record]
            assert same([row], [known])
