"""Bytes and what lossy steps cost: files against ONNX, constants against float, accuracy on rows never seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import edgescore
from benchmarks import models
from edgescore_converters import Conversion, convert


def _constants(conversion: Conversion) -> int:
    return next(section["bytes"] for section in conversion.to_dict()["sections"] if section["name"] == "constants")


def _accuracy(conversion: Conversion) -> float:
    _, rows, _, target = models.digits()
    return float(np.mean(edgescore.load(conversion.data).predict(rows) == target))


def test_forest_file(benchmark: Any, state: Callable[..., None]) -> None:
    source = models.forest()
    conversion = benchmark.pedantic(convert, (source,), rounds=1)
    onnx = len(models.onnx_bytes(source, 64))
    size = len(conversion.data)
    state(
        "forest file, lossless", f"{size:,} bytes", f"ONNX {onnx:,} ({onnx / size:.1f}x)", "a quarter", 4 * size <= onnx
    )


def test_int8_mlp(benchmark: Any, state: Callable[..., None]) -> None:
    rows, _, target, _ = models.digits()
    exact = convert(models.mlp(), calibrate=rows)
    int8 = benchmark.pedantic(
        convert, (models.mlp(),), {"calibrate": rows, "target": target, "recipe": "int8"}, rounds=1
    )
    floats = sum(part.size for part in (*models.mlp().coefs_, *models.mlp().intercepts_)) * 4
    lost, share = _accuracy(exact) - _accuracy(int8), _constants(int8) / floats
    state(
        "MLP 64-32-10 int8",
        f"{100 * lost:.2f} points lost, {100 * share:.1f} % of the float32 constants",
        f"float32 {_accuracy(exact):.4f}, {floats:,} bytes",
        "<= 0.2 points, <= 30 %",
        lost <= 0.002 and share <= 0.30,
    )


def test_pruned_mlp(benchmark: Any, state: Callable[..., None]) -> None:
    rows, _, target, _ = models.digits()
    exact = convert(models.mlp(), calibrate=rows)
    pruned = benchmark.pedantic(convert, (models.mlp(),), {"calibrate": rows, "target": target, "prune": 0.5}, rounds=1)
    lost = _accuracy(exact) - _accuracy(pruned)
    state(
        "the same, half of the neurons removed",
        f"{100 * lost:.2f} points lost, {_constants(pruned):,} bytes",
        f"float {_constants(exact):,} bytes",
        "<= 1.5 points, no retraining",
        lost <= 0.015,
    )
