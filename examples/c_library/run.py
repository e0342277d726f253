"""The C library scores the same file: compiled here with one command, compared with Python number for number."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import edgescore
from edgescore_converters import convert

HERE = Path(__file__).resolve().parent
NATIVE = HERE.parents[1] / "native"


def main() -> None:
    """Run the example."""
    rows, target = load_iris(return_X_y=True)
    rows = rows.astype(np.float32)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, target)
    with tempfile.TemporaryDirectory() as folder:
        path, program = Path(folder, "iris.edsc"), Path(folder, "score")
        print(convert(model, path, calibrate=rows))
        sources = [
            str(file) for part in (".", "ops", "kernels") for file in sorted((NATIVE / "src" / part).glob("*.c"))
        ]
        command = ["gcc", "-std=c99", "-O2", f"-I{NATIVE / 'include'}", str(HERE / "score.c"), *sources, "-lm", "-o"]
        subprocess.run([*command, str(program)], check=True)
        printed = subprocess.run([program, path], input=rows.tobytes(), capture_output=True, check=True).stdout.decode()
        expected = edgescore.load(path).score(rows)
        scores = np.array([line.split(",") for line in printed.splitlines()], expected.dtype)
        print(f"\n{len(scores)} rows from C, {np.sum(scores != expected)} values differ from Python; the first:")
        print(printed.splitlines()[0])
        if not np.array_equal(scores, expected):
            raise SystemExit("C and Python disagree")


if __name__ == "__main__":
    main()
