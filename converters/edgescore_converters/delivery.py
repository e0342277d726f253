"""The end of every conversion: the file is held against its budget, and written where it keeps within it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import edgescore
from edgescore._atomic import AtomicFile
from edgescore._budget import Budget, Line
from edgescore_converters.errors import BudgetNotMet
from edgescore_converters.report import Conversion


def budget_lines(limits: Budget | None, data: bytes, inputs: Iterable[Any], accuracy_drop: float = 0.0) -> list[Line]:
    """The budget held against the file: flash and RAM are exact; latency is that of ``inputs``, each what
    ``Model.outputs`` takes, measured here on the build machine, and unknown where there are none.
    """
    if limits is None:
        return []
    model = edgescore.load(data, budget={"flash": 1 << 30})
    ram = model.report().arena + model.report().state
    measured: dict[str, float | None] = {"flash": len(data), "ram": ram, "accuracy_drop": accuracy_drop}
    if limits.p50_ns or limits.p99_ns or limits.max_ns:
        for given in inputs:
            model.outputs(given)
        latency = model.report().latency
        measured |= {name: latency[name] for name in ("p50_ns", "p99_ns")}
    return limits.check(measured)


def deliver(conversion: Conversion, path: str | os.PathLike[str] | None) -> Conversion:
    """Write the file where a path is given. Raises BudgetNotMet, and writes nothing then; OSError."""
    if not conversion.within_budget:
        raise BudgetNotMet(conversion)
    if path is not None:
        with AtomicFile(path) as file:
            file.write(conversion.data)
        conversion.path = os.fspath(path)
    return conversion
