"""What every test may rely on: the native backend is there, or the run was asked to do without it."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]
BACKENDS = ("native", "numpy")

# Examples must not fail by the clock on a busy machine, and a failure in CI must be repeatable.
hypothesis.settings.register_profile("edgescore", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("edgescore")


def pytest_sessionstart() -> None:
    """Stops the run when the kernel is missing: all tests would pass on numpy and say nothing about C."""
    if os.environ.get("EDGESCORE_BACKEND") == "numpy":
        return
    try:
        importlib.import_module("edgescore._native")
    except ImportError as error:
        remedy = "run `make test`, which compiles it, or set EDGESCORE_BACKEND=numpy to test without it"
        pytest.exit(f"the native backend is missing ({error}); {remedy}", returncode=3)


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a backend, chosen for the test by EDGESCORE_BACKEND."""
    name: str = request.param
    if name == "native" and os.environ.get("EDGESCORE_BACKEND") == "numpy":
        pytest.skip("EDGESCORE_BACKEND=numpy asks for tests without the native backend")
    monkeypatch.setenv("EDGESCORE_BACKEND", name)
    return name


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference models and data sets that may lie beside the repository."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no folder 'shared' with reference models beside the repository")
    return folder
