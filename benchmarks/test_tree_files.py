"""Tree ensembles as files: bytes against the source's text, and what a conversion takes in time and memory.

A conversion is measured in a process of its own, as on a build machine: the source is loaded first, then the clock and
the peak of resident memory start.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks import tree_models
from edgescore_converters import convert
from edgescore_converters.quantize import Recipe

SHARED = tree_models.ROOT.parent / "shared" / "models"
SOURCES = {
    "NYC_taxi": SHARED / "gbdt/lleaves/tests/models/NYC_taxi/model.txt",
    "skdh ambulation": SHARED / "skdh/ambulation_model.txt",
    "boston_housing": SHARED / "gbdt/lleaves/tests/models/boston_housing/model.txt",
    "dermatology": SHARED / "gbdt/dermatology.xgb.json",
}
# A line for each conversion: seconds, seconds of the processor's time, and the megabytes added so far at the peak.
PROBE = """
import pickle, time
from edgescore_converters import convert
def status(field):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(field)) / 1e3
source = {load}
with open("/proc/self/clear_refs", "w") as file: file.write("5")
before = status("VmRSS")
for _ in range({times}):
    start, cpu = time.perf_counter(), time.process_time()
    convert(source)
    print(time.perf_counter() - start, time.process_time() - cpu, status("VmHWM") - before)
"""


@pytest.fixture(scope="module", autouse=True)
def _made() -> None:
    tree_models.make()


def _conversions(load: str, times: int) -> list[list[float]]:
    """What PROBE prints."""
    code = PROBE.format(load=load, times=times)
    command = [sys.executable, "-W", "ignore", "-c", code]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tree_models.ROOT).stdout
    return [[float(number) for number in line.split()] for line in printed.splitlines()]


@pytest.mark.parametrize("name", SOURCES)
def test_lossless_file(benchmark: Any, state: Callable[..., None], name: str) -> None:
    source: Path = SOURCES[name]
    if not source.exists():
        pytest.skip(f"no {source.name} of {name} beside the repository")
    size = len(benchmark.pedantic(convert, (source,), rounds=1).data)
    text = source.stat().st_size
    state(f"{name}, lossless", f"{size:,} bytes", f"text {text:,} ({text / size:.1f}x)", "an eighth", 8 * size <= text)


def test_file_of_16_bit_leaves(benchmark: Any, state: Callable[..., None]) -> None:
    rows = tree_models.scored_rows()[:2000]
    recipe = Recipe("leaves of 16 bits", leaf_bits=16)
    arguments: dict[str, Any] = {"calibrate": rows, "recipe": recipe, "input_dtype": "float32"}
    made = benchmark.pedantic(convert, (tree_models.SHORT_TEXT,), arguments | {"trees": "small"}, rounds=1)
    fastest = len(convert(tree_models.SHORT_TEXT, **arguments).data)
    lossless = len(convert(tree_models.SHORT_TEXT, input_dtype="float32").data)
    size, text = len(made.data), tree_models.SHORT_TEXT.stat().st_size
    state(
        "LightGBM 100 x 31 leaves, leaves of 16 bits, --trees small",
        f"{size:,} bytes; the fast form {fastest:,}, lossless {lossless:,}",
        f"text {text:,}",
        "<= 24 KB",
        size <= 24 * 1024,
    )


def test_conversion_time(benchmark: Any, state: Callable[..., None]) -> None:
    load = repr(str(tree_models.SHORT_TEXT))
    first, *later = benchmark.pedantic(_conversions, (load, 6), rounds=1)
    seconds, cpu, _ = min(later)
    state(
        "conversion of 100 x 31 leaves, with certificate",
        f"{seconds:.2f} s ({cpu:.2f} of CPU)\nfirst, with imports: {first[0]:.2f} s ({first[1]:.2f})",
        "",
        "<= 0.5 s",
        seconds <= 0.5,
    )


def test_conversion_of_a_million_nodes(benchmark: Any, state: Callable[..., None]) -> None:
    load = f"pickle.load(open({str(tree_models.MILLION)!r}, 'rb'))"
    ((seconds, cpu, mb),) = benchmark.pedantic(_conversions, (load, 1), rounds=1)
    state(
        "conversion of a forest of a million nodes",
        f"{seconds:.1f} s ({cpu:.1f} of CPU), {mb:.0f} MB added",
        "",
        "<= 10 s, <= 500 MB",
        seconds <= 10 and mb <= 500,
    )
