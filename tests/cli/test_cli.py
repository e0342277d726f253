"""edgescore info, bench and check, and what every command does with what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgescore._budget import Budget

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Models = Callable[..., Path]

TABLE = "id,c,a,b\np,3,1,2\nq,-6,4,5.5\n"


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "message"),
    [
        (["score", "MODEL", "-"], "", 3, "standard input: is empty"),
        (
            ["score", "MODEL", "-"],
            "x,y\n1,2\n",
            3,
            "standard input line 1: the header lacks 3 of the model's 3 features",
        ),
        (["score", "MODEL", "no.csv"], "", 3, "no.csv: cannot read: No such file or directory"),
        (["score", "MODEL", "."], "", 3, ".: cannot read: Is a directory"),
        (["score", "no.edsc", "-"], TABLE, 4, "no.edsc: cannot read the model: No such file"),
        (["score", "text.edsc", "-"], TABLE, 4, "text.edsc: "),
        (["score", "empty.edsc", "-"], TABLE, 4, "empty.edsc: 0 bytes"),
        (["info", "text.edsc"], "", 4, "text.edsc: "),
        (["bench", "no.edsc"], "", 4, "no.edsc: cannot read the model"),
        (["check", "MODEL"], "", 2, "carries no budget; pass one with --budget"),
        (["check", "MODEL", "--budget", "no.toml"], "", 2, "no.toml: cannot read the budget"),
        (["check", "MODEL", "--budget", "bad.toml"], "", 2, "bad.toml: unknown key 'rom'; allowed: flash, ram"),
        (["score", "MODEL", "-", "--budget", "bad.toml"], TABLE, 2, "bad.toml: unknown key 'rom'"),
        (["score", "MODEL", "-", "-o", "out.dat"], TABLE, 2, "-o out.dat: the extension names no format"),
        (["score", "MODEL", "-", "--format", "npy"], TABLE, 2, "write to a file"),
        (["score", "MODEL", "in.csv", "-o", "in.csv"], "", 2, "-o in.csv: is the input"),
        (["score", "MODEL", "-", "-o", "MODEL", "--format", "csv"], TABLE, 2, "is the model; give the output a name"),
        (["score", "MODEL", "-", "-o", "no/out.csv"], TABLE, 6, "no/out.csv: cannot write: its folder does not exist"),
        (
            ["score", "MODEL", "-", "-o", "/dev/full", "--format", "csv"],
            TABLE,
            6,
            "/dev/full: cannot write: the disk is full",
        ),
        (["score", "MODEL", "-", "--id-column", "key"], TABLE, 3, "line 1: the header has no column 'key'"),
        (["score", "MODEL", "-", "--id-column", "score_no"], "a,b,c,score_no\n", 2, "two columns of the output"),
        (
            ["score", "MODEL", "-", "-o", "out.npy", "--output", "both"],
            TABLE,
            2,
            "the classes are text, which .npy cannot",
        ),
        (["score", "MODEL", "-", "--batch", "0"], TABLE, 2, "'0' is not a whole number above zero"),
        (["score", "MODEL", "-", "--delimiter", "ab"], TABLE, 2, "'ab' is not one character"),
        (["score", "MODEL", "-", "--on-bad-row", "ignore"], TABLE, 2, "invalid choice: 'ignore'"),
        (["bench", "MODEL", "--data", "bad.csv"], "", 3, "bad.csv line 2: "),
        (["bench", "MODEL", "--data", "header.csv"], "", 3, "header.csv: has no rows to measure with"),
        ([], "", 2, "the following arguments are required"),
        (["frobnicate"], "", 2, "invalid choice: 'frobnicate'"),
    ],
)
def test_errors(
    models: Models, run: Run, tmp_path: Path, arguments: list[str], stdin: str, code: int, message: str
) -> None:
    files = {
        "text.edsc": "not a model, but longer than a header",
        "empty.edsc": "",
        "bad.toml": "[budget]\nrom = 1\n",
        "in.csv": TABLE,
        "bad.csv": "a,b,c\n1,2,x\n",
        "header.csv": "a,b,c\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    model = models("numbers")
    before = sorted(path.name for path in tmp_path.iterdir())
    done = run(*(str(model) if argument == "MODEL" else argument for argument in arguments), stdin=stdin)
    assert (done.returncode, message in done.stderr) == (code, True), done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert (tmp_path / "in.csv").read_text() == TABLE


def test_info(models: Models, run: Run) -> None:
    model = models(
        "words", metadata={"source": "by hand"}, budget=Budget.parse({"ram": "1 KiB", "on_violation": "raise"})
    )
    text = run("info", model).stdout
    for part in ("words.edsc: ", "2 numeric: a, b", "c: low, mid, high (anything else: error)", "labels: no, yes"):
        assert part in text
    for part in ("dense", "constants", "arena", "ram  1024 B", "on violation: raise", "source: by hand"):
        assert part in text
    about = json.loads(run("info", model, "--json").stdout)
    assert about["file_size"] == model.stat().st_size
    assert about["budget"] == {"ram": 1024, "on_violation": "raise"}
    assert about["inputs"][0]["features"][2]["categories"] == ["low", "mid", "high"]


def test_bench(models: Models, run: Run, tmp_path: Path) -> None:
    model = models("words")
    done = run("bench", model, "--rows", "200", "--json")
    assert done.returncode == 0
    measured = json.loads(done.stdout)
    one = measured["one_row"]
    assert 0 < one["p50_ns"] <= one["p99_ns"] <= one["p99_9_ns"] <= one["max_ns"]
    assert 0 < measured["kernel"]["p50_ns"] <= one["p50_ns"]
    assert measured["load_ns"] > 0
    assert measured["first_row_ns"] > 0
    assert measured["batch"]["rows_per_s"] > 0
    assert (measured["rows"], measured["distinct_rows"]) == (200, 200)
    (tmp_path / "in.csv").write_text("a,b,c\n1,2,low\n3,4,high\n")
    done = run("bench", model, "--rows", "20", "--data", "in.csv")
    assert "20 calls on 2 different rows (in.csv)" in done.stdout
    assert "p99.9 " in done.stdout


LOOSE = '[budget]\nflash = "1 MiB"\nram = "1 KiB"\nlatency = { p50 = "1 s", p99 = "2 s" }\n'


def test_check(models: Models, run: Run, tmp_path: Path) -> None:
    model = models("numbers")
    (tmp_path / "loose.toml").write_text(LOOSE)
    done = run("check", model, "--budget", "loose.toml", "--rows", "50")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()[1:5]] == ["flash", "ram", "latency.p50", "latency.p99"]
    assert "the binding line is " in done.stdout
    (tmp_path / "drop.toml").write_text("[budget]\naccuracy_drop = 0.0\n")
    done = run("check", models("numbers", metadata={"steps": []}), "--budget", "drop.toml")
    assert (done.returncode, "not measured" in done.stdout) == (0, False)  # where no step was lossy, nothing is lost
    (tmp_path / "tight.toml").write_text(LOOSE.replace("1 MiB", "100 B"))
    done = run("check", model, "--budget", "tight.toml", "--rows", "50")
    assert done.returncode == 5
    assert f"exceeds the budget; flash: {model.stat().st_size} B, over the budget of 100 B" in done.stderr
    assert "EXCEEDED" in done.stdout
    done = run("check", model, "--budget", "tight.toml", "--rows", "50", "--json")
    assert done.returncode == 5
    lines = {line["name"]: line for line in json.loads(done.stdout)["lines"]}
    assert (lines["flash"]["ok"], lines["ram"]["ok"]) == (False, True)


def test_check_takes_the_budget_in_the_file(models: Models, run: Run) -> None:
    for limit, code in (("1 MiB", 0), ("10 B", 5)):
        budget = Budget.parse({"flash": limit, "on_violation": "raise"})
        model = models("numbers", budget=budget, metadata={"accuracy_drop": 0.25})
        assert run("check", model).returncode == code
        assert run("info", model).returncode == 0  # a model over its budget can still be looked into
    (model.parent / "drop.toml").write_text("accuracy_drop = 0.1")
    assert run("check", model, "--budget", "drop.toml").returncode == 5


@pytest.mark.parametrize(("policy", "code"), [("warn", 0), ("raise", 5), ("fallback", 0), ("callback", 0)])
def test_score_under_a_budget(models: Models, run: Run, tmp_path: Path, policy: str, code: int) -> None:
    tight = {"latency": {"p50": "1 ns"}, "on_violation": policy}
    (tmp_path / "tight.toml").write_text(f"on_violation = '{policy}'\nlatency.p50 = '1 ns'\n")
    for model, options in (
        (models("numbers"), ["--budget", "tight.toml"]),
        (models("gaps", budget=Budget.parse(tight)), []),
    ):
        done = run("score", model, "-", *options, "-o", "out.csv", stdin=TABLE)
        assert done.returncode == code
        assert "over the budget of 1 ns" in done.stderr
        assert (tmp_path / "out.csv").exists() == (code == 0)
        assert ("needs Python code" in done.stderr) == (policy in ("fallback", "callback"))


@pytest.mark.parametrize("arguments", [["--help"], ["info", "-h"], ["score", "-h"], ["bench", "-h"], ["check", "-h"]])
def test_help_teaches(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert ("exit codes:" if arguments[0] in ("--help", "score") else "example") in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 120


def test_an_error_inside_is_one_line_and_a_traceback_on_demand(models: Models, tmp_path: Path) -> None:
    code = "import sys, edgescore.__main__ as m; m._info = lambda _: 1 / 0; sys.exit(m.main(['info', 'x']))"
    for debug, last in (("", b"error inside edgescore: ZeroDivisionError"), ("1", b"ZeroDivisionError: division")):
        environment: dict[str, Any] = {**os.environ, "EDGESCORE_DEBUG": debug}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)
        assert done.returncode == (1 if debug else 70)
        assert last in done.stderr.splitlines()[-1]
        assert (b"Traceback" in done.stderr) == bool(debug)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("command", [["info"], ["info", "--json"], ["bench", "--rows", "10"]])
def test_standard_output_that_is_full(models: Models, command: list[str]) -> None:
    program = [sys.executable, "-u", "-m", "edgescore", command[0], str(models("numbers")), *command[1:]]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr.count(b"\n")) == (6, 1)
    assert b"standard output: cannot write" in done.stderr


def test_names_that_the_terminal_cannot_show(models: Models, tmp_path: Path) -> None:
    program = [sys.executable, "-m", "edgescore", "info", str(models("numbers", metadata={"source": "Wärme"}))]
    done = subprocess.run(program, env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"W\\xe4rme" in done.stdout
