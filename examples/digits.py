"""Handwritten digits, end to end: train, convert three ways, verify, score on the C kernel, compare with scikit-learn.

Two models that people really put on devices: a random forest, and a scaler with a small neural network. Each is
converted losslessly, with 8-bit weights or leaves, and pruned as well; every variant is scored on test rows it never
saw.
"""

from __future__ import annotations

import pickle
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

import edgescore
from edgescore_converters import convert

VARIANTS: dict[str, dict[str, Any]] = {
    "lossless": {},
    "int8": {"recipe": "int8"},
    "pruned, int8": {"recipe": "int8", "prune": 0.5},
}


def microseconds(predict: Any, rows: Any, repeat: int) -> float:
    """Median time of one call with one row, over different rows."""
    times = []
    for index in range(repeat):
        row = rows[index % len(rows)]
        start = time.perf_counter_ns()
        predict(row)
        times.append(time.perf_counter_ns() - start)
    return float(np.median(times)) / 1000


def main() -> None:
    """Run the example and print one table."""
    console = Console(width=110)
    digits = load_digits()
    rows, test_rows, target, test_target = train_test_split(
        digits.data.astype(np.float32), digits.target, test_size=0.3, random_state=0, stratify=digits.target
    )
    models = {
        "random forest": RandomForestClassifier(100, max_depth=12, random_state=0, n_jobs=1),
        "scaler + MLP 64-32-10": make_pipeline(MinMaxScaler(), MLPClassifier((32,), max_iter=600, random_state=0)),
    }
    table = Table("model", "variant", "bytes", "RAM", "accuracy", "agrees", "one row", title="digits, 540 test rows")
    with tempfile.TemporaryDirectory() as folder:
        for name, model in models.items():
            with console.status(f"training {name}"):
                model.fit(rows, target)
            expected = model.predict(test_rows)
            accuracy = float(np.mean(expected == test_target))
            slow = microseconds(lambda row, model=model: model.predict_proba(row[None]), test_rows, 50)
            table.add_row(
                name, "scikit-learn", f"{len(pickle.dumps(model)):,}", "", f"{accuracy:.4f}", "", f"{slow:,.0f} us"
            )
            for variant, options in VARIANTS.items():
                path = Path(folder, f"{name}-{variant}.edsc".replace(" ", "_"))
                with console.status(f"{name}: {variant}"):
                    conversion = convert(model, path, calibrate=rows, target=target, **options)
                device = edgescore.load(path)
                labels = device.predict(test_rows)
                report = device.report()
                table.add_row(
                    "",
                    variant,
                    f"{len(conversion.data):,}",
                    f"{report.arena + report.state:,}",
                    f"{np.mean(labels == test_target):.4f}",
                    f"{100 * np.mean(labels == expected):.2f} %",
                    f"{microseconds(device.score, test_rows, 3000):,.1f} us",
                )
            table.add_section()
        console.print(table)
        console.rule(f"how the last one was made: {name}, {variant}", align="left")
        console.print(conversion.render())
        console.rule("what it reports on the device", align="left")
        print(device.report())


if __name__ == "__main__":
    main()
