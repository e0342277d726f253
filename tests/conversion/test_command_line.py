"""edgescore-convert: exit codes, sentences instead of tracebacks, nothing written unless all is well."""

from __future__ import annotations

import json
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
