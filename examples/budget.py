"""A budget is a contract: LightGBM on breast cancer data, refused by a budget it cannot meet, then shipped with one it
can.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import lightgbm
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

import edgescore
from edgescore_converters import BudgetNotMet, convert

TOO_TIGHT = """
[budget]
flash = "4 KiB"
ram = "64 B"
"""
GENEROUS = """
[budget]
flash = "64 KiB"
ram = "1 KiB"
latency = { p99 = "5 ms", max = "1 s" }
on_violation = "warn"
"""


def main() -> None:
    """Run the example."""
    rows, target = load_breast_cancer(return_X_y=True, as_frame=True)
    train, test, train_target, test_target = train_test_split(rows, target, test_size=0.3, random_state=0)
    model = lightgbm.LGBMClassifier(n_estimators=100, max_depth=6, random_state=0, n_jobs=1, verbose=-1)
    model.fit(train, train_target)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "tumour.edsc")
        try:
            convert(model, path, calibrate=train, budget=TOO_TIGHT)
        except BudgetNotMet as refused:
            print(f"refused, and nothing was written ({path.exists()=}): {refused}\n")
        print(convert(model, path, calibrate=train, budget=GENEROUS))

        device = edgescore.load(path)  # the budget travels in the file
        labels = device.predict(test.to_numpy())
        expected = model.predict(test)
        print(f"\naccuracy {np.mean(labels == test_target):.4f}, LightGBM's {np.mean(expected == test_target):.4f}")
        print(f"rows classified differently: {np.sum(labels != expected)} of {len(test)}\n")
        print(device.report())


if __name__ == "__main__":
    main()
