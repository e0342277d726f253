"""Writes the golden files that are not there yet: ``python -m tests.format.make_golden``.

good/NAME.edsc with good/NAME.json (inputs and what they score to), bad/NAME.STATUS.edsc. Existing files are left alone,
because files of a released format must load forever; ``--renew`` rewrites all, which is right before 1.0 only.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore._numpy_backend import Engine
from tests.format.bad_models import BAD
from tests.format.good_models import MODELS

GOLDEN = Path(__file__).parent / "golden"


def score(engine: Any, inputs: list[NDArray[Any]], per_row: list[int]) -> list[NDArray[Any]]:
    """Each output as a flat array. per_row: elements of one row of each input."""
    count = inputs[0].size // per_row[0]
    outputs = [np.empty(count * info.size, info.dtype.name) for info in engine.outputs]
    status = engine.run([np.ascontiguousarray(array) for array in inputs], outputs, count)
    if status < 0:
        raise AssertionError(f"status {status}")
    return outputs


def _plain(array: NDArray[Any]) -> dict[str, Any]:
    return {"dtype": array.dtype.name, "values": array.ravel().tolist()}


def main(renew: bool) -> None:
    """Write what is missing, or everything."""
    files: dict[Path, bytes] = {}
    for name, build in MODELS.items():
        data, inputs = build()
        engine = Engine(data)
        outputs = score(engine, inputs, [info.size for info in engine.inputs])
        case = {"inputs": [_plain(array) for array in inputs], "outputs": [_plain(array) for array in outputs]}
        files[GOLDEN / "good" / f"{name}.edsc"] = data
        files[GOLDEN / "good" / f"{name}.json"] = json.dumps(case).encode() + b"\n"
    for (name, status), bad in BAD.items():
        files[GOLDEN / "bad" / f"{name}.{status}.edsc"] = bad()
    for path, content in files.items():
        if renew or not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            print(path.relative_to(GOLDEN), len(content))


if __name__ == "__main__":
    main("--renew" in sys.argv[1:])
