"""Every example runs, and says what it promises to show."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
PROMISES = {
    "digits.py": ["lossless", "pruned, int8", "100.00 %", "lossy steps", "latency"],
    "budget.py": [
        "refused, and nothing was written (path.exists()=False)",
        "rows classified differently: 0 of",
        "PASS",
    ],
    "c_library/run.py": ["150 rows from C, 0 values differ from Python"],
}


def test_every_example_is_listed() -> None:
    assert {str(path.relative_to(EXAMPLES)) for path in EXAMPLES.rglob("*.py")} == set(PROMISES)


@pytest.mark.parametrize("name", PROMISES)
def test_example(name: str) -> None:
    done = subprocess.run([sys.executable, EXAMPLES / name], capture_output=True, text=True, check=False, timeout=300)

    assert done.returncode == 0, done.stderr
    for promise in PROMISES[name]:
        assert promise in done.stdout
