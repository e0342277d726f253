"""What the package adds to a device: wheel, installed bytes, import time and resident memory in a fresh interpreter."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks import models
from edgescore_converters import convert

ROOT = Path(__file__).resolve().parents[1]
PROBE = """
import sys, time
def rss():
    with open("/proc/self/statm") as f: return int(f.read().split()[1]) * 4096
sys.path[:0] = {paths!r}
before, start = rss(), time.perf_counter()
{statement}
print((time.perf_counter() - start) * 1000, (rss() - before) / 1e6)
"""
PEERS = {"litert": "from ai_edge_litert.interpreter import Interpreter", "onnxruntime": "import onnxruntime"}


def _import(statement: str, paths: list[str], flags: tuple[str, ...]) -> tuple[float, float]:
    """Median (ms, MB) that ``statement`` adds to a bare interpreter."""
    code = PROBE.format(paths=paths, statement=statement)
    runs = [
        subprocess.run([sys.executable, *flags, "-c", code], capture_output=True, text=True, check=True).stdout.split()
        for _ in range(15)
    ]
    return statistics.median(float(run[0]) for run in runs), statistics.median(float(run[1]) for run in runs)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(wheel, folder it is installed in with its dependencies)."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    subprocess.run([*pip, "wheel", "--no-build-isolation", "--no-deps", "-w", folder, ROOT], check=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([*pip, "install", "--target", folder / "site", wheel], check=True)
    return wheel, folder / "site"


def _bytes(folder: Path) -> tuple[int, int]:
    """Bytes of the files below ``folder`` as they come, and with the byte code that pip compiles."""
    sizes = [(file.stat().st_size, file.suffix == ".pyc") for file in folder.rglob("*") if file.is_file()]
    return sum(size for size, compiled in sizes if not compiled), sum(size for size, _ in sizes)


def test_wheel(benchmark: Any, state: Callable[..., None], installed: tuple[Path, Path]) -> None:
    wheel, site = installed
    size, (own, own_compiled), (everything, all_compiled) = (
        wheel.stat().st_size,
        _bytes(site / "edgescore"),
        _bytes(site),
    )
    benchmark.pedantic(lambda: None, rounds=1)
    state(
        "wheel; installed (with byte code); with cffi",
        f"{size / 1e3:.0f} KB; {own / 1e3:.0f} KB ({own_compiled / 1e3:.0f}); "
        f"{everything / 1e6:.2f} MB ({all_compiled / 1e6:.2f})",
        "LiteRT 121 MB, ONNX Runtime 124 MB",
        "120 KB; 400 KB; 1.5 MB",
        size <= 120e3 and own <= 400e3 and everything <= 1.5e6,
    )


def test_import(benchmark: Any, state: Callable[..., None], installed: tuple[Path, Path]) -> None:
    model = installed[0].with_suffix(".edsc")
    convert(models.linear(), model)
    used = f"import edgescore; edgescore.load({str(model)!r}).score([1.0, 2.0, 3.0, 4.0])"
    ms, mb = _import("import edgescore", [str(installed[1])], ("-I", "-S"))
    used_ms, used_mb = _import(used, [str(installed[1])], ("-I", "-S"))
    peers = {name: _import(statement, [], ()) for name, statement in PEERS.items()}
    benchmark.pedantic(lambda: None, rounds=1)
    state(
        "import edgescore, no numpy",
        f"{ms:.1f} ms, {mb:.2f} MB; with a load and a score {used_ms:.1f} ms, {used_mb:.2f} MB",
        ", ".join(f"{name} {time:.0f} ms, {memory:.0f} MB" for name, (time, memory) in peers.items()),
        "<= 8 ms, <= 1.5 MB",
        ms <= 8 and mb <= 1.5,
    )
