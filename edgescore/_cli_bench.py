"""Owns ``edgescore bench`` and ``edgescore check``: what a model takes here, measured, and held against a budget.

Refuses flattering numbers: many different rows, every call counted, the load measured with the file out of the cache.
"""

from __future__ import annotations

import json
import os
import random
import time

from edgescore._budget import Budget, binding, quantity, render
from edgescore._cli import DONE, UsageError, open_model, show
from edgescore._errors import BudgetExceeded, InputError
from edgescore._rows import Columns, Source, open_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Any

SEED = 0
BATCH = 1024  # rows per call in the throughput measurement
CELLS = 1 << 19  # values held as test rows at most: about 16 MB
QUANTILES = (("p50_ns", 500), ("p99_ns", 990), ("p99_9_ns", 999), ("max_ns", 1000))  # per mille; names as in reports


def bench(arguments: argparse.Namespace) -> int:
    """Measure ``arguments.model`` and print the numbers; the exit code."""
    measured, model = _measure(arguments)
    budget = _budget(arguments, model)
    lines = budget.check(_against(measured, model)) if budget else []
    if arguments.json:
        show(json.dumps({**measured, "budget": [line.to_dict() for line in lines]}, indent=2))
    else:
        rows = f"{measured['rows']:,} calls on {measured['distinct_rows']:,} different rows"
        show(f"{arguments.model}: {rows} ({measured['source']})")
        batch = measured["batch"]
        cold = "with the runtime" + (", file not cached" if measured["cold"] else "")
        again = quantity(measured["reload_ns"], "ns")
        show(f"  load           {quantity(measured['load_ns'], 'ns')} ({cold}), then {again}")
        show(f"  first row      {quantity(measured['first_row_ns'], 'ns')}")
        for title, times in (("one row", measured["one_row"]), ("in the kernel", measured["kernel"])):
            shown = zip(("p50", "p99", "p99.9", "max"), QUANTILES)
            show(f"  {title:<13}  " + "   ".join(f"{name} {quantity(times[key], 'ns')}" for name, (key, _) in shown))
        show(f"  rows of {batch['rows_per_call']:<6} {batch['rows_per_s']:,.0f} rows/s")
        if lines:
            show("\n" + render(lines))
    _verdict(arguments.model, lines, len(lines) > 0 and not arguments.json)
    return DONE


def check(arguments: argparse.Namespace) -> int:
    """Hold ``arguments.model`` against its budget and print the table; BudgetExceeded names the line that binds."""
    model = open_model(arguments.model)
    budget = _budget(arguments, model)
    if budget is None:
        raise UsageError(f"{arguments.model}: carries no budget; pass one with --budget budget.toml")
    measured: dict[str, Any] = {}
    if any(limit is not None for limit in (budget.p50_ns, budget.p99_ns, budget.max_ns)):
        measured, model = _measure(arguments)
    lines = budget.check(_against(measured, model))
    if arguments.json:
        show(json.dumps({"model": arguments.model, "lines": [line.to_dict() for line in lines]}, indent=2))
    else:
        show(render(lines))
    _verdict(arguments.model, lines, not arguments.json)
    return DONE


def _measure(arguments: argparse.Namespace) -> tuple[dict[str, Any], Any]:
    """Numbers in nanoseconds and rows per second, and the model they were taken from."""
    clock = time.perf_counter_ns
    cold = _uncache(arguments.model)
    started = clock()
    model = open_model(arguments.model)
    load_ns = clock() - started
    started = clock()
    open_model(arguments.model)
    reload_ns = clock() - started
    inputs = model.describe()["inputs"]
    columns = Columns(inputs)
    rows, source = _rows(arguments, model, columns)
    singles = rows if len(inputs) == 1 else [columns.given([row]) for row in rows]
    started = clock()
    model.score(singles[0])
    first_ns = clock() - started
    model.reset()
    times = []
    for index in range(arguments.rows):
        row = singles[index % len(singles)]
        started = clock()
        model.score(row)
        times.append(clock() - started)
    kernel = model.report().latency
    batches = [columns.given(rows[start : start + BATCH]) for start in range(0, len(rows), BATCH)]
    started = clock()
    for batch in batches:
        model.score(batch)
    batch_ns = clock() - started
    measured = {
        "load_ns": load_ns,
        "cold": cold,
        "reload_ns": reload_ns,
        "first_row_ns": first_ns,
        "one_row": quantiles(times),
        "kernel": {key: kernel[key] for key, _ in QUANTILES},
        "batch": {"rows_per_call": min(BATCH, len(rows)), "rows_per_s": len(rows) * 1e9 / batch_ns},
        "rows": arguments.rows,
        "distinct_rows": min(arguments.rows, len(rows)),
        "source": source,
    }
    return measured, model


def quantiles(times: Sequence[int]) -> dict[str, int]:
    """p50_ns, p99_ns, p99_9_ns and max_ns of measured times (nearest rank: always a time that was measured)."""
    ordered = sorted(times)
    return {name: ordered[max(1, -(-share * len(ordered) // 1000)) - 1] for name, share in QUANTILES}


def _rows(arguments: argparse.Namespace, model: Any, columns: Columns) -> tuple[list[list[Any]], str]:
    """Rows to measure with, and what they are."""
    most = max(1, min(arguments.rows, CELLS // len(columns.names)))
    if not arguments.data:
        return generated(
            model.describe()["inputs"], most
        ), f"generated, seed {SEED}; --data FILE measures with real ones"
    rows: list[list[Any]] = []
    with Source(arguments.data) as source:
        for chunk in open_reader(source, columns).chunks(min(most, BATCH)):
            for position, reason in chunk.bad.items():
                raise InputError(f"{source.name} {chunk.where(position)}: {reason}")
            rows += [row for row in chunk.rows if row is not None]
            if len(rows) >= most:
                break
        if not rows:
            raise InputError(f"{source.name}: has no rows to measure with")
        return rows[:most], source.name


def generated(inputs: Sequence[dict[str, Any]], count: int) -> list[list[Any]]:
    """``count`` different rows, the same at every run: numbers of both signs over three decades, any category."""
    rng = random.Random(SEED)
    makers: list[Any] = []
    for port in inputs:
        real = port["dtype"].startswith("float")
        for feature in port.get("features") or [{"kind": "numeric"}] * len(Columns([port]).names):
            if feature["kind"] == "categorical":
                makers.append(lambda choices=feature["categories"]: rng.choice(choices))
            elif real:
                makers.append(lambda: rng.gauss(0, 1) * 10 ** rng.uniform(-1, 2))
            else:
                makers.append(lambda limit=1 if port["dtype"] == "bool" else 127: rng.randint(0, limit))
    return [[make() for make in makers] for _ in range(count)]


def _budget(arguments: argparse.Namespace, model: Any) -> Budget | None:
    """The budget on the command line, or the one in the file."""
    source = arguments.budget or model.describe()["budget"]
    return Budget.parse(source) if source else None


def _against(measured: dict[str, Any], model: Any) -> dict[str, float | None]:
    """What ``Budget.check`` takes: the sizes in the file, and latencies where they were measured."""
    about = model.describe()
    metadata = about["metadata"]
    drop = metadata.get("accuracy_drop", 0.0 if metadata.get("steps") == [] else None)  # no lossy step, no drop
    sizes = {"flash": about["file_size"], "ram": about["arena"] + about["state"], "accuracy_drop": drop}
    return {**sizes, **measured.get("one_row", {})}


def _verdict(name: str, lines: Sequence[Any], talk: bool) -> None:
    """Name the binding line; BudgetExceeded where a limit does not hold."""
    tightest = binding(lines)
    if tightest is None:
        return
    if not tightest.ok:
        raise BudgetExceeded(f"{name}: exceeds the budget; {tightest}")
    if talk:
        show(f"within the budget; the binding line is {tightest}")


def _uncache(path: str) -> bool:
    """Drop the file from the page cache, so that the load reads it from the disk; whether the system can."""
    if not hasattr(os, "posix_fadvise"):
        return False
    try:
        with open(path, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    except OSError:
        return False  # the load itself will say what is wrong with the file
    return True
