"""edgescore-convert: exit codes, sentences instead of tracebacks, nothing written unless all is well."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

import edgescore

IRIS = load_iris(as_frame=True)
STOPPED = """
import os, signal, sys
from edgescore._atomic import AtomicFile
from edgescore_converters.__main__ import main
AtomicFile.write = lambda self, data: os.kill(os.getpid(), signal.SIGTERM)
sys.exit(main())
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "iris.pkl"
    path.write_bytes(pickle.dumps(LogisticRegression(max_iter=1000).fit(IRIS.data, IRIS.target)))
    return path


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "edgescore_converters", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done


def test_converts_with_data_from_a_csv(model: Path, tmp_path: Path) -> None:
    table, out = tmp_path / "train.csv", tmp_path / "iris.edsc"
    IRIS.frame.to_csv(table, index=False)
    done = run(
        model, "--trust-pickle", "-o", out, "--calibrate", table, "--target", "target", "--labels", "se,ve,vi", "--json"
    )

    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["verification"]["disagreements"] == 0
    assert facts["bytes"] == out.stat().st_size
    assert edgescore.load(out).predict(dict(zip(IRIS.data.columns, [5.1, 3.5, 1.4, 0.2]))) == "se"


def test_help_teaches() -> None:
    done = run("--help")

    assert done.returncode == 0
    for word in ("--budget", "--recipe", "--prune", "--trust-pickle", "exit codes", "examples"):
        assert word in done.stdout


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "empty"), (b"hello world", "not a model"), (b'{"learner": 3}', "model"), (b"\x08\x07\x12", "model")],
)
def test_what_is_no_model(content: bytes, sentence: str, tmp_path: Path) -> None:
    path, out = tmp_path / "thing.bin", tmp_path / "out.edsc"
    path.write_bytes(content)
    done = run(path, "-o", out)

    assert done.returncode == 3
    assert sentence in done.stderr
    assert "thing.bin" in done.stderr
    assert not out.exists()


def test_refusals_have_their_own_exit_codes(model: Path, tmp_path: Path) -> None:
    budget, out = tmp_path / "budget.toml", tmp_path / "out.edsc"
    budget.write_text('[budget]\nflash = "100 B"\n')

    assert run(model).returncode == 2
    untrusted = run(model, "-o", out)
    assert untrusted.returncode == 3
    assert "--trust-pickle" in untrusted.stderr
    over = run(model, "--trust-pickle", "-o", out, "--budget", budget)
    assert over.returncode == 5
    assert "flash" in over.stderr
    assert run(model, "--trust-pickle", "-o", tmp_path / "absent" / "out.edsc").returncode == 6
    assert run(tmp_path / "absent.onnx", "-o", out).returncode == 3
    budget.write_text('[budget]\nflush = "100 B"\n')
    misspelt = run(model, "--trust-pickle", "-o", out, "--budget", budget)
    assert misspelt.returncode == 2
    assert "flush" in misspelt.stderr
    assert "flash" in misspelt.stderr
    assert not out.exists()


def test_data_to_calibrate_with_is_rows_of_numbers(model: Path, tmp_path: Path) -> None:
    header, imaginary, out = tmp_path / "header.csv", tmp_path / "imaginary.npy", tmp_path / "out.edsc"
    header.write_text(",".join(IRIS.data.columns) + "\n")
    np.save(imaginary, IRIS.data.to_numpy() * 1j)

    for data, sentence in ((header, "header.csv has a header but no rows"), (imaginary, "complex128; give numbers")):
        done = run(model, "--trust-pickle", "-o", out, "--calibrate", data)
        assert done.returncode == 3
        assert sentence in done.stderr
        assert not out.exists()


def test_to_standard_output(model: Path) -> None:
    command = [sys.executable, "-m", "edgescore_converters", str(model), "--trust-pickle", "-o", "-"]
    done = subprocess.run(command, capture_output=True, check=True)

    assert edgescore.load(done.stdout).labels == [0, 1, 2]


def test_npy_data_and_targets(model: Path, tmp_path: Path) -> None:
    rows, target = tmp_path / "rows.npy", tmp_path / "target.npy"
    np.save(rows, IRIS.data.to_numpy())
    np.save(target, IRIS.target.to_numpy()[:-1])
    done = run(model, "--trust-pickle", "-o", tmp_path / "out.edsc", "--calibrate", rows, "--target", target)

    assert done.returncode == 3
    assert "149 values for the 150 rows" in done.stderr


def test_nothing_that_is_read_is_written_over(model: Path, tmp_path: Path) -> None:
    copy, before = tmp_path / "model.pkl", model.read_bytes()
    copy.write_bytes(before)
    done = run(copy, "--trust-pickle", "-o", copy)

    assert done.returncode == 2
    assert "is MODEL" in done.stderr
    assert copy.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("rows.npy", b"", "is empty"),
        ("rows.npy", b"a,b\n1,2\n", "no .npy or .npz file"),
        ("rows.npy", b"\x93NUMPY\x01\x00v\x00{'descr'", "is damaged"),
        ("rows.npz", b"PK\x03\x04and then nothing", "is damaged"),
    ],
)
def test_arrays_that_are_none(model: Path, tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    done = run(model, "--trust-pickle", "-o", tmp_path / "o.edsc", "--calibrate", tmp_path / name)

    assert done.returncode == 3
    assert sentence in done.stderr


def test_rows_that_the_source_refuses_verify_nothing(model: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "nan.npy", np.full((5, 4), np.nan))
    done = run(model, "--trust-pickle", "-o", tmp_path / "o.edsc", "--calibrate", tmp_path / "nan.npy")

    assert done.returncode == 3
    assert "takes none of the calibration rows" in done.stderr


def test_other_people_s_csv(model: Path, tmp_path: Path) -> None:
    table, out = tmp_path / "rows.csv", tmp_path / "o.edsc"
    IRIS.data.to_csv(table, index=False, sep=";")
    assert "pass --delimiter ';'" in run(model, "--trust-pickle", "-o", out, "--calibrate", table).stderr
    assert run(model, "--trust-pickle", "-o", out, "--calibrate", table, "--delimiter", ";").returncode == 0
    IRIS.data.to_csv(table, index=False, header=False)
    assert run(model, "--trust-pickle", "-o", out, "--calibrate", table, "--header", "none").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--target", "y.npy"], 2, "give --calibrate too"),
        (["--prune", "half"], 2, "half is not a share"),
        (["--trust"], 2, "unrecognized arguments"),
        (["--labels", "absent.txt"], 3, "there is no such file"),
        (["--shape", "x=1,4"], 3, "--shape"),
    ],
)
def test_what_does_not_fit_together(
    model: Path, tmp_path: Path, arguments: list[str], code: int, sentence: str
) -> None:
    done = run(model, "--trust-pickle", "-o", tmp_path / "o.edsc", *arguments)

    assert done.returncode == code
    assert sentence in done.stderr
    assert not (tmp_path / "o.edsc").exists()


def test_labels_are_utf_8(model: Path, tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_bytes("für\nwider\nohne\n".encode("latin-1"))
    done = run(model, "--trust-pickle", "-o", tmp_path / "o.edsc", "--labels", tmp_path / "labels.txt")

    assert done.returncode == 3
    assert "UTF-8" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_report_nobody_takes(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "o.edsc"
    program = [sys.executable, "-m", "edgescore_converters", str(model), "--trust-pickle", "-o", str(out)]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, b"is written, but its report is not" in done.stderr) == (6, True)
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(program, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_told_to_end(model: Path, tmp_path: Path) -> None:
    program = [sys.executable, "-c", STOPPED, str(model), "--trust-pickle", "-o", str(tmp_path / "o.edsc")]
    done = subprocess.run(program, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (143, "edgescore-convert: terminated; nothing was written\n")
    assert list(tmp_path.iterdir()) == []
