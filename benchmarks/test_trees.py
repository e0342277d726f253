"""Tree ensembles against compiled code and the libraries people use: one row in C, one row and 10,000 from Python.

Peers that `make peers` would bring are named with the reason where they are missing; a goal that needs one of them is
then neither met nor missed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgescore
from benchmarks import models, tree_models, tree_rows
from benchmarks.measure import Timing
from benchmarks.tree_models import DIGITS, DIGITS_ROWS, PEERS, ROOT, ROWS, SYNTHETIC, WIDTH
from edgescore_converters import convert

MISSING = "compiled peers: not here, see `make peers`"


@pytest.fixture(scope="module", autouse=True)
def _made() -> None:
    """Models, and the peers' code where the peers are."""
    tree_models.make()
    if PEERS.exists():
        subprocess.run([PEERS, "-m", "benchmarks.tree_peers"], cwd=ROOT, check=True)


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """500 trees of 31 leaves on 32 features."""
    path = tmp_path_factory.mktemp("trees") / "synthetic.edsc"
    convert(tree_models.TEXT, path, input_dtype="float32")
    return path


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """100 trees of depth 12 on 64 features, 10 classes."""
    path = tmp_path_factory.mktemp("trees") / "digits.edsc"
    convert(models.forest(), path, input_dtype="float32")
    return path


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """498 trees of 31 leaves on 32 features, 3 classes."""
    path = tmp_path_factory.mktemp("trees") / "three.edsc"
    convert(tree_models.THREE_TEXT, path, input_dtype="float32")
    return path


@pytest.fixture(scope="module")
def calls(synthetic: Path) -> dict[str, Any]:
    """What tree_calls prints, as Timings."""
    python = PEERS if PEERS.exists() else sys.executable
    command = [python, "-W", "ignore", "-m", "benchmarks.tree_calls", synthetic]
    given = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    return {kind: {name: Timing(*t) for name, t in given[kind].items()} for kind in ("one", "many")} | {
        "absent": given["absent"]
    }


def _stated(own: dict[str, Timing], peers: dict[str, Timing]) -> tuple[str, str]:
    """Our times and theirs, least (median), with theirs as multiples of our best."""
    best = min(timing.best for timing in own.values())
    ours = (f"{name} {timing.best:.2f} us ({timing.median:.2f})" for name, timing in own.items())
    theirs = (f"{name} {t.best:.2f} us ({t.median:.2f}), {t.best / best:.1f}x" for name, t in peers.items())
    return "\n".join(ours), "\n".join(theirs)


def _in_c(
    folder: Path, model: Path, rows: Path, width: int, outputs: int
) -> tuple[dict[str, Timing], dict[str, Timing]]:
    """(EdgeScore's times by kernel set, the peers'), after a look at whether all give the same; emlearn does not."""
    contestants = tree_rows.edgescore(model) | tree_rows.compiled(folder)
    timed = tree_rows.time_rows(rows, width, outputs, contestants)
    own = {name: timing for name, (timing, _) in timed.items() if name in tree_rows.KERNEL_SETS}
    expected = timed["generic"][1]
    for name, (_, mean) in timed.items():
        assert name.startswith("emlearn") or mean == pytest.approx(expected, rel=1e-6), name
    return own, {name: timing for name, (timing, _) in timed.items() if name not in own}


def _ahead(ours: float, peers: dict[str, Timing], factors: dict[str, float]) -> bool | None:
    """Whether all variants of each peer (name_variant) take so many times as long; None when a peer is not here."""
    found = [(name.split("_")[0], timing.best) for name, timing in peers.items()]
    if not factors.keys() <= {name for name, _ in found}:
        return None
    return all(best >= factors[name] * ours for name, best in found if name in factors)


def test_one_row_in_c(benchmark: Any, state: Callable[..., None], synthetic: Path) -> None:
    benchmark.pedantic(lambda: None, rounds=1)
    own, peers = _in_c(SYNTHETIC, synthetic, ROWS, WIDTH, 1)
    ours, theirs = _stated(own, peers)
    met = _ahead(min(t.best for t in own.values()), peers, {"lleaves": 2, "tl2cgen": 2})
    state("LightGBM 500 x 31 leaves, one row in C", ours, theirs or MISSING, "2x lleaves, 2x tl2cgen", met)


def test_forest_in_c(benchmark: Any, state: Callable[..., None], digits: Path) -> None:
    benchmark.pedantic(lambda: None, rounds=1)
    own, peers = _in_c(DIGITS, digits, DIGITS_ROWS, 64, 10)
    ours, theirs = _stated(own, peers)
    met = _ahead(min(t.best for t in own.values()), peers, {"tl2cgen": 2, "emlearn": 1})
    state("forest 100 x depth 12, one row in C", ours, theirs or MISSING, "2x tl2cgen, 1x emlearn (inexact int16)", met)


def test_instructions(benchmark: Any, state: Callable[..., None], synthetic: Path, digits: Path) -> None:
    benchmark.pedantic(lambda: None, rounds=1)
    for what, folder, model, rows, width, outputs in (
        ("LightGBM 500 x 31 leaves", SYNTHETIC, synthetic, ROWS, WIDTH, 1),
        ("forest 100 x depth 12", DIGITS, digits, DIGITS_ROWS, 64, 10),
    ):
        if not tree_rows.has_valgrind():
            state(f"{what}, instructions a row", "not counted: no valgrind here", "", "", None)
            continue
        named = tree_rows.edgescore(model) | tree_rows.compiled(folder)
        counts = tree_rows.count_instructions(rows, width, outputs, named)
        cells = {name: f"{name} {counts[name]:,}" if name in counts else f"{name}: needs AVX-512" for name in named}
        ours = (cells[name] for name in tree_rows.KERNEL_SETS if name in counts)
        theirs = (cells[name] for name in named if name not in tree_rows.KERNEL_SETS)
        state(f"{what}, instructions a row", "\n".join(ours), "\n".join(theirs), "", None)


def test_class_in_c(benchmark: Any, state: Callable[..., None], digits: Path, three: Path) -> None:
    benchmark.pedantic(lambda: None, rounds=1)
    for what, model, rows, width, trees in (
        ("forest 100 x depth 12", digits, DIGITS_ROWS, 64, 100),
        ("LightGBM 498 x 31 leaves, 3 classes", three, tree_models.THREE_ROWS, WIDTH, 498),
    ):
        contestants = tree_rows.decided(model)
        timed = tree_rows.time_rows(rows, width, 1, contestants)
        assert len({mean for _, mean in timed.values()}) == 1, "always the same class"
        counts = tree_rows.count_instructions(rows, width, 1, contestants) if tree_rows.has_valgrind() else {}
        opened = edgescore.load(model)
        for row in np.fromfile(rows, np.float32).reshape(-1, width)[:2000]:
            opened.predict(row)
        asked = {"score": float(trees), "predict": opened.report().trees or trees}
        cells = {
            name: f"{name}: {asked[name]:.0f} of {trees} trees, {t.best:.2f} us ({t.median:.2f})"
            + (f", {counts[name]:,} instructions" if name in counts else "")
            for name, (t, _) in timed.items()
        }
        state(f"{what}, the class of a row in C", cells["predict"], cells["score"], "", None)


def test_one_row_from_python(benchmark: Any, state: Callable[..., None], calls: dict[str, Any]) -> None:
    benchmark.pedantic(lambda: None, rounds=1)
    peers = dict(calls["one"])
    own = peers.pop("edgescore")
    ours, theirs = _stated({"score(x)": own}, peers)
    met = _ahead(own.best, peers, {"onnxruntime": 6, "LightGBM": 12, "lleaves by ctypes": 2})
    goal = "6x ORT, 12x LightGBM predict, 2x lleaves by ctypes"
    state("LightGBM 500 x 31 leaves, one row from Python", ours, _with_absent(theirs, calls), goal, met)


def test_many_rows(benchmark: Any, state: Callable[..., None], calls: dict[str, Any]) -> None:
    benchmark.pedantic(lambda: None, rounds=1)
    speeds = {name: 1e4 / timing.best for name, timing in calls["many"].items()}  # million rows a second
    own = speeds.pop("edgescore")
    theirs = "\n".join(f"{name} {speed * 1e6:,.0f} ({own / speed:.1f}x)" for name, speed in speeds.items())
    met = None if calls["absent"] else own >= 1.5 * max(speeds.values())
    ours = f"{own * 1e6:,.0f} rows/s"
    state("LightGBM 500 x 31 leaves, 10,000 rows", ours, _with_absent(theirs, calls), "1.5x the fastest", met)


def _with_absent(theirs: str, calls: dict[str, Any]) -> str:
    absent = (f"{name}: {why}, see `make peers`" for name, why in calls["absent"].items())
    return "\n".join([theirs, *absent])
