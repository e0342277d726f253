"""MLPerf Tiny networks, int8 as they arrive, side by side with LiteRT: RAM and one sample from Python.

There is no goal for time yet. Files are looked for beside the checkout, and without them nothing is measured.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgescore
from benchmarks.measure import interleaved
from edgescore_converters import convert

FOLDER = Path(__file__).parents[2] / "shared" / "models" / "mlperf_tiny"
RAM = {  # the layer-wise lower bound with inputs and outputs in the arena; ours are the caller's
    "ad01_int8": 768,
    "kws_ref_model": 16_000,
    "vww_96_int8": 55_296,
    "pretrainedResnet_quant": 49_152,
}


@pytest.mark.parametrize("name", RAM)
def test_network(benchmark: Any, state: Callable[..., None], name: str) -> None:
    """score() of one sample, every sample another one."""
    from ai_edge_litert.interpreter import Interpreter

    path = FOLDER / f"{name}.tflite"
    if not path.exists():
        pytest.skip(f"no {path.name} in ../shared/models/mlperf_tiny")
    model = edgescore.load(convert(path).data)
    litert = Interpreter(str(path), num_threads=1)
    litert.allocate_tensors()
    given, made = litert.get_input_details()[0], litert.get_output_details()[0]
    shape = (64, *given["shape"])
    samples = list(np.random.default_rng(1).integers(-128, 128, shape).astype(given["dtype"]))

    def run_litert(sample: Any) -> Any:
        litert.set_tensor(given["index"], sample)
        litert.invoke()
        return litert.get_tensor(made["index"])

    assert np.array_equal(model.score(samples[0]), run_litert(samples[0]))
    timings = interleaved({"edgescore": model.score, "litert": run_litert}, samples)
    benchmark(model.score, samples[0])
    ours, theirs = timings["edgescore"].median, timings["litert"].median
    report = model.report()
    ram = report.arena + report.state
    state(
        f"{name}: one sample; RAM",
        f"{ours:.1f} us; {ram:,} B",
        f"litert {theirs:.1f} us ({theirs / ours:.2f}x)",
        f"<= {RAM[name]:,} B",
        ram <= RAM[name],
    )
