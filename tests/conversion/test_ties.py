"""A source with two answers to some rows: the device may give either, and the report counts how often."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.neighbors import KNeighborsClassifier

from edgescore_converters import convert
from edgescore_converters.errors import VerificationFailed
from edgescore_converters.importers import Imported, import_model


def imported() -> Imported:
    x, y = load_iris(return_X_y=True)
    found = import_model(KNeighborsClassifier(5).fit(x, y), input_dtype="float64")
    true = found.oracle

    def turned(rows: Any) -> Any:
        """Another answer to the row [5, 5, 5, 5]."""
        shares, labels = true(rows)
        other = (rows == 5.0).all(axis=1)
        shares[other], labels[other] = shares[other][:, ::-1], 2 - labels[other]
        return [shares, labels]

    return replace(found, oracle=turned, again=true)


ROWS = np.array([[5.0, 5, 5, 5], [5.0, 3, 1, 0.2], [5.0, 5, 5, 5]])


def test_ties_are_counted_apart() -> None:
    report = convert(imported(), calibrate=ROWS)
    assert report.verification.disagreements == report.verification.labels_differ == 0
    given = report.verification.groups[0]
    assert (given.name, given.rows, given.ties) == ("given", 3, 2)
    assert report.verification.to_dict()["ties"] == report.verification.ties >= 2
    assert "two answers" in str(report.verification)


def test_neither_answer_is_a_disagreement() -> None:
    model = imported()
    with pytest.raises(VerificationFailed):
        convert(replace(model, again=model.oracle), calibrate=ROWS)
