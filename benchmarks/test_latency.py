"""One row from Python, side by side with the peers at their best settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import edgescore
from benchmarks import models
from benchmarks.measure import Timing, interleaved
from edgescore_converters import convert


def _peers(timings: dict[str, Timing], of: Callable[[Timing], float]) -> str:
    ours = of(timings["edgescore"])
    return ", ".join(
        f"{name} {of(t):.2f} us ({of(t) / ours:.1f}x)" for name, t in timings.items() if name != "edgescore"
    )


def test_linear_model(benchmark: Any, state: Callable[..., None]) -> None:
    """score() of a 4-input linear model from an ndarray."""
    from ai_edge_litert.interpreter import Interpreter

    source = models.linear()
    rows = [row[None] for row in np.random.default_rng(1).normal(size=(5000, 4)).astype(np.float32)]
    model = edgescore.load(convert(source, calibrate=np.concatenate(rows)).data)
    session = models.onnx_session(models.onnx_bytes(source, 4))
    name = session.get_inputs()[0].name
    litert = Interpreter(
        model_content=models.litert_linear(source.coef_.reshape(1, -1), source.intercept_), num_threads=1
    )
    litert.allocate_tensors()
    into, out = litert.get_input_details()[0]["index"], litert.get_output_details()[0]["index"]
    set_tensor, invoke, get_tensor = litert.set_tensor, litert.invoke, litert.get_tensor

    def run_litert(row: Any) -> Any:
        set_tensor(into, row)
        invoke()
        return get_tensor(out)

    expected = source.predict(rows[0])
    for result in (model.score(rows[0]), session.run(None, {name: rows[0]})[0], run_litert(rows[0])):
        np.testing.assert_allclose(np.ravel(result), expected, rtol=1e-5)
    timings = interleaved(
        {"edgescore": model.score, "onnxruntime": lambda row: session.run(None, {name: row}), "litert": run_litert},
        rows,
    )
    benchmark(model.score, rows[0])
    ours = timings["edgescore"]
    state(
        "score(x), 4-input linear model",
        f"{ours.best:.2f} us (median {ours.median:.2f})",
        _peers(timings, lambda t: t.best),
        "<= 1.0 us, 5x ORT, <= LiteRT",
        ours.best <= 1.0 and timings["onnxruntime"].best >= 5 * ours.best and ours.best <= timings["litert"].best,
    )


def test_forest(benchmark: Any, state: Callable[..., None]) -> None:
    """One row of the digits forest, every row another one."""
    source, rows = models.forest(), models.different_rows()
    model = edgescore.load(convert(source).data)
    session = models.onnx_session(models.onnx_bytes(source, 64))
    name, output = session.get_inputs()[0].name, session.get_outputs()[1].name
    assert np.array_equal(model.predict(rows[:500]), source.predict(rows[:500]))
    timings = interleaved(
        {"edgescore": model.score, "onnxruntime": lambda row: session.run([output], {name: row})},
        [row[None] for row in rows],
    )
    timings |= interleaved(
        {"scikit-learn": lambda row: source.predict_proba(row)}, [row[None] for row in rows], rounds=5
    )
    benchmark(model.score, rows[0])
    ours = timings["edgescore"].median
    state(
        "forest 100 x depth 12, one row",
        f"{ours:.2f} us",
        _peers(timings, lambda t: t.median),
        "4x ORT, 50x scikit-learn",
        timings["onnxruntime"].median >= 4 * ours and timings["scikit-learn"].median >= 50 * ours,
    )


def test_load_forest(benchmark: Any, state: Callable[..., None], tmp_path: Any) -> None:
    """edgescore.load of the 100-tree model from a file in the page cache."""
    path = tmp_path / "forest.edsc"
    convert(models.forest(), path)
    benchmark(edgescore.load, path)
    median = benchmark.stats.stats.median * 1000
    state("load a 100-tree model", f"{median:.3f} ms", "", "<= 0.5 ms", median <= 0.5)
