"""Model files and the command line as a process."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_models import command, model_bytes


@pytest.fixture
def models(tmp_path: Path) -> Callable[..., Path]:
    """Makes a model file in ``tmp_path``: ``models(kind)``, with the options of ``model_bytes``."""

    def make(kind: str, **options: Any) -> Path:
        path = tmp_path / f"{kind}.edsc"
        path.write_bytes(model_bytes(kind, **options))
        return path

    return make


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs ``edgescore`` with arguments in ``tmp_path``; no test may ever see a traceback or a leftover."""

    def call(*arguments: object, stdin: str | bytes = b"", **options: Any) -> subprocess.CompletedProcess[str]:
        given = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            command(*arguments), cwd=tmp_path, input=given, capture_output=True, check=False, **options
        )
        out, err = done.stdout.decode("utf-8", "surrogateescape"), done.stderr.decode()
        assert "Traceback" not in err
        assert "error inside" not in err
        assert not list(tmp_path.glob(".*.tmp")), "a temporary file was left behind"
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    return call
