"""edgescore score: what comes out for what goes in, bad rows included."""

from __future__ import annotations

import csv
import io
import json
import math
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier
from small_models import expected

from edgescore_converters import convert

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Models = Callable[..., Path]

TABLE = "id,c,a,b\np,3,1,2\nq,-6,4,5.5\n"
ROWS = [[1.0, 2.0, 3.0], [4.0, 5.5, -6.0]]
SCORES = [expected(row) for row in ROWS]
LABELS = ["no" if no >= yes else "yes" for no, yes in SCORES]


TARGETS = [(["0", "b"], ["1.0", "0.0", "0.0", "1.0"]), (["1", "a"], ["0.0", "1.0", "1.0", "0.0"])]


def table(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text), strict=True))


def numbers(records: list[list[str]]) -> list[list[float]]:
    return [[float(cell) for cell in record] for record in records]


def test_score_a_file(models: Models, run: Run, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(TABLE)
    done = run("score", models("numbers"), "in.csv", "-o", "out.csv", "--id-column", "id")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    header, *records = table((tmp_path / "out.csv").read_text())
    assert header == ["id", "prediction", "score_no", "score_yes"]
    assert [record[:2] for record in records] == [["p", LABELS[0]], ["q", LABELS[1]]]
    assert numbers([record[2:] for record in records]) == SCORES


@pytest.mark.parametrize("given", ["csv", "jsonl", "npy"])
@pytest.mark.parametrize("wanted", ["csv", "jsonl", "npy"])
@pytest.mark.parametrize("piped", [False, True])
def test_every_format_to_every_format(
    models: Models, run: Run, tmp_path: Path, given: str, wanted: str, piped: bool
) -> None:
    source, target = tmp_path / f"in.{given}", tmp_path / f"out.{wanted}"
    if given == "npy":
        np.save(source, np.array(ROWS, np.float64))
    elif given == "csv":
        source.write_text(TABLE)
    else:
        source.write_text("".join(json.dumps(dict(zip("abc", row, strict=True))) + "\n" for row in ROWS))
    model = models("numbers")
    arguments = ["-", "--input-format", given] if piped else [source]
    done = run("score", model, *arguments, "-o", target, stdin=source.read_bytes() if piped else b"")
    assert (done.returncode, done.stderr) == (0, "")
    if wanted == "npy":
        data = np.load(target)
        assert (data.dtype, data.tolist()) == (np.float32, SCORES)
    elif wanted == "csv":
        assert numbers([record[1:] for record in table(target.read_text())[1:]]) == SCORES
    else:
        found = [json.loads(line) for line in target.read_text().splitlines()]
        assert [(row["prediction"], [row["score_no"], row["score_yes"]]) for row in found] == list(
            zip(LABELS, SCORES, strict=True)
        )
    if wanted != "npy":
        piece = run("score", model, source, "--format", wanted)
        assert (piece.returncode, piece.stdout) == (0, target.read_text())


@pytest.mark.parametrize(
    ("wanted", "header"),
    [
        ("proba", ["score_no", "score_yes"]),
        ("label", ["prediction"]),
        ("both", ["prediction", "score_no", "score_yes"]),
    ],
)
def test_output_columns(models: Models, run: Run, wanted: str, header: list[str]) -> None:
    assert table(run("score", models("numbers"), "-", "--output", wanted, stdin=TABLE).stdout)[0] == header


def test_a_regression_has_one_score(models: Models, run: Run, tmp_path: Path) -> None:
    model = models("scalar")
    assert run("score", model, "-", stdin="a\n1\n2.5\n").stdout == "score\n2\n5\n"
    assert run("score", model, "-", stdin="1\n2.5\n").stdout == "score\n2\n5\n"
    np.save(tmp_path / "in.npy", np.array([1, 2.5], np.float32))
    assert run("score", model, "in.npy", "-o", "out.npy").returncode == 0
    assert np.load(tmp_path / "out.npy").tolist() == [2, 5]
    refused = run("score", model, "-", "--output", "label", stdin="a\n1\n")
    assert (refused.returncode, refused.stderr) == (
        2,
        "edgescore: --output label: the model has no classes; leave --output out\n",
    )


def test_categories(models: Models, run: Run) -> None:
    text = "a,b,c\n1,2,low\n1,2,high\n1,2,odd\n1,2,low\n"
    done = run("score", models("words"), "-", "--on-bad-row", "null", "--output", "proba", stdin=text)
    assert done.returncode == 1
    records = table(done.stdout)[1:]
    assert numbers(records[:2]) == [expected([1, 2, 0]), expected([1, 2, 2])]
    assert records[2] == ["", ""]
    assert numbers(records[3:]) == [expected([1, 2, 0])]
    assert "line 4: " in done.stderr
    assert "'odd'" in done.stderr
    done = run("score", models("codes"), "-", "--output", "proba", stdin='{"a":1,"b":2,"c":5}\n{"a":1,"b":2,"c":1.0}\n')
    assert numbers(table(done.stdout)[1:]) == [expected([1, 2, 5]), expected([1, 2, 1])]


def test_missing_values(models: Models, run: Run) -> None:
    text = "a,b,c\n1,2,3\n1,,3\n"
    done = run("score", models("numbers"), "-", "--on-bad-row", "skip", "--output", "proba", stdin=text)
    assert (done.returncode, numbers(table(done.stdout)[1:])) == (1, [SCORES[0]])
    assert "line 3: " in done.stderr
    assert "'b'" in done.stderr
    done = run("score", models("gaps"), "-", "--output", "proba", stdin=text)
    assert done.returncode == 0
    assert all(math.isnan(value) for value in numbers(table(done.stdout)[2:])[0])


def test_a_model_that_gives_the_class_itself(models: Models, run: Run, tmp_path: Path) -> None:
    lowest = [10 if no <= yes else 20 for no, yes in SCORES]
    done = run("score", models("labelled"), "-", stdin=TABLE)
    header, *records = table(done.stdout)
    assert header == ["prediction", "score_10", "score_20"]
    assert numbers(records) == [[label, *scores] for label, scores in zip(lowest, SCORES, strict=True)]
    assert run("score", models("labelled"), "-", "-o", "out.npy", "--output", "label", stdin=TABLE).returncode == 0
    data = np.load(tmp_path / "out.npy")
    assert (data.dtype, data.tolist()) == (np.int64, lowest)
    refused = run("score", models("labelled"), "-", "-o", "out.npy", "--output", "label", "--on-bad-row", "null")
    assert refused.returncode == 2
    assert "whole numbers in .npy have no null" in refused.stderr


def test_several_targets(run: Run, tmp_path: Path) -> None:
    x = np.array([[0.0], [1.0], [2.0], [3.0]])
    named = np.array([["0", "a"], ["0", "b"], ["1", "a"], ["1", "b"]])
    convert(DecisionTreeClassifier().fit(x, named), tmp_path / "targets.edsc")

    done = run("score", "targets.edsc", "-", "--header", "none", stdin="1\n2\n")
    assert (done.returncode, done.stderr) == (0, "")
    names = ["prediction_0", "prediction_1", *(f"probabilities_{each}" for each in ("0_0", "0_1", "1_a", "1_b"))]
    assert table(done.stdout) == [names, *([*a, *b] for a, b in TARGETS)]
    done = run("score", "targets.edsc", "-", "--header", "none", "--output", "label", stdin="1\n2\n")
    assert table(done.stdout) == [names[:2], *(labels for labels, _ in TARGETS)]


def test_several_inputs_and_outputs(models: Models, run: Run) -> None:
    done = run("score", models("two"), "-", "--header", "none", stdin="1,2,3\n4,5,6\n7,8,9\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "twice,both_0,both_1\n2,2,3\n8,5,6\n14,8,9\n"


BAD = "id,a,b,c\np,1,2,3\nq,1,2\nr,1,two,3\ns,4,5.5,-6\n"


def test_a_bad_row_stops_by_default(models: Models, run: Run, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(BAD)
    (tmp_path / "out.csv").write_text("old")
    done = run("score", models("numbers"), "in.csv", "-o", "out.csv")
    assert done.returncode == 3
    assert done.stderr == (
        "edgescore: in.csv line 3: 3 columns where 4 are expected (--on-bad-row skip or null goes on)\n"
    )
    assert (tmp_path / "out.csv").read_text() == "old"


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_bad_rows_are_skipped_or_nulled_and_counted(models: Models, run: Run, kind: str) -> None:
    for policy, count in (("skip", 2), ("null", 4)):
        done = run(
            "score",
            *(
                models("numbers"),
                "-",
                "--on-bad-row",
                policy,
                "--id-column",
                "id",
                "--output",
                "proba",
                "--format",
                kind,
            ),
            stdin=BAD,
        )
        assert done.returncode == 1
        if kind == "csv":
            records = table(done.stdout)[1:]
        else:
            parsed = [json.loads(line) for line in done.stdout.splitlines()]
            records = [["" if value is None else str(value) for value in row.values()] for row in parsed]
        assert len(records) == count
        assert numbers([records[0][1:], records[-1][1:]]) == SCORES
        assert [record[0] for record in records] == (["p", "s"] if policy == "skip" else ["p", "q", "r", "s"])
        assert all(record[1:] == ["", ""] for record in records[1:-1])
        first, *places = done.stderr.splitlines()
        assert first.startswith("standard input: 2 of 4 rows are bad and ")
        assert [place.split(":")[0].strip() for place in places] == ["line 3", "line 4"]


def test_many_bad_rows_are_counted_and_a_few_described(models: Models, run: Run) -> None:
    text = "a,b,c\n" + "1,2,3\n1,2\n" * 3000
    done = run("score", models("numbers"), "-", "--on-bad-row", "skip", stdin=text)
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 3001
    assert done.stderr.startswith("standard input: 3000 of 6000 rows are bad")
    assert len(done.stderr.splitlines()) == 7


def test_nothing_but_bad_rows(models: Models, run: Run, tmp_path: Path) -> None:
    done = run("score", models("numbers"), "-", "-o", "out.csv", "--on-bad-row", "skip", stdin="a,b,c\nx,y,z\n")
    assert done.returncode == 3
    assert "no row can be scored: is it the right file" in done.stderr
    assert not (tmp_path / "out.csv").exists()


def test_a_header_alone_gives_a_header(models: Models, run: Run) -> None:
    done = run("score", models("numbers"), "-", stdin="a,b,c\n")
    assert (done.returncode, done.stdout) == (0, "prediction,score_no,score_yes\n")
