"""Collects what the benchmarks state and prints it as one table at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

ROWS: list[tuple[str, str, str, str, str]] = []


@pytest.fixture
def state(benchmark: Any) -> Callable[..., None]:
    """``state(what, value, peers, goal, met)`` adds a line to the table and to pytest-benchmark's record.

    met: None where there is no goal, or a peer that it needs is not here.
    """

    def add(what: str, value: str, peers: str, goal: str, met: bool | None) -> None:
        benchmark.extra_info.update(what=what, value=value, peers=peers, goal=goal, met=met)
        ROWS.append((what, value, peers, goal, {True: "yes", False: "NO", None: ""}[met]))

    return add


def pytest_terminal_summary() -> None:
    """The table."""
    from rich.console import Console
    from rich.table import Table

    table = Table(
        "what", "edgescore", "peers", "goal", "met", title="EdgeScore, single-threaded, one run on this machine"
    )
    for row in ROWS:
        table.add_row(*row)
    Console(width=150).print(table)
