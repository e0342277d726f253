"""The result of a conversion: the bytes, and what a person or a script needs to know of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table

import edgescore
from edgescore._budget import Line, binding, quantity
from edgescore_converters.certificate import Loss
from edgescore_converters.steps import StepReport
from edgescore_converters.verify import Verification

SHOWN = 6  # values of a row


@dataclass
class Conversion:
    """A finished conversion.

    data: the .edsc bytes. precision: the float arithmetic chosen. steps: the lossy steps, taken or refused. lines: the
    budget held against the file. path: where it was written, None where it was not.
    """

    data: bytes
    source: str
    precision: str
    verification: Verification
    steps: list[StepReport]
    seconds: float
    lines: list[Line] = field(default_factory=list)
    path: str | None = None

    @property
    def within_budget(self) -> bool:
        """Whether no limit is exceeded."""
        return all(line.ok is not False for line in self.lines)

    @property
    def binding(self) -> Line | None:
        """The exceeded limit that is furthest over, else the one with the least headroom."""
        return binding(self.lines)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the bytes, as plain values."""
        described = edgescore.load(self.data, budget={"flash": 1 << 30}).describe()
        return {
            "path": self.path,
            "source": self.source,
            "bytes": len(self.data),
            "sections": described["sections"],
            "arena": described["arena"],
            "state": described["state"],
            "arena_lower_bound": described["metadata"].get("arena_lower_bound"),
            "layout": described["metadata"].get("layout"),
            "precision": self.precision,
            "cost": described["metadata"].get("cost"),
            "verification": self.verification.to_dict(),
            "loss": None if self.loss is None else self.loss.to_dict() | {"examples": self.loss.examples},
            "steps": [step.to_dict() for step in self.steps],
            "budget": [line.to_dict() for line in self.lines],
            "within_budget": self.within_budget,
            "seconds": round(self.seconds, 3),
        }

    @property
    def loss(self) -> Loss | None:
        """What lossy steps cost on the rows given; None where none was taken."""
        return self.verification.loss() if any(step.accepted for step in self.steps) else None

    def _verdict(self) -> str:
        """What verification found: of a lossy model the share of rows that keep their class, else what disagrees."""
        checked = self.verification
        if not any(step.accepted for step in self.steps):
            return str(checked)
        same = 100 * (1 - checked.labels_differ / max(1, checked.rows))
        return (
            f"{same:.2f} % of {checked.rows} rows keep the class {checked.source} gives them (lossy steps were taken)"
        )

    def render(self) -> RenderableType:
        """The report as a rich renderable."""
        facts = self.to_dict()
        parts: list[RenderableType] = []
        summary = Table.grid(padding=(0, 2))
        summary.add_row("source", self.source)
        summary.add_row(
            "file", f"{self.path or 'not written'}, {quantity(len(self.data), 'B')} ({len(self.data)} bytes)"
        )
        summary.add_row("", ", ".join(f"{section['name']} {section['bytes']}" for section in facts["sections"]))
        least = facts["arena_lower_bound"]
        bound = "" if least is None else f"; no plan needs less arena than {least}"
        ram = f"{facts['arena'] + facts['state']} bytes (arena {facts['arena']}, state {facts['state']}{bound})"
        summary.add_row("RAM", ram)
        layout = facts["layout"]
        if layout is not None and layout["transposes"]:
            summary.add_row("layout", f"{layout['transposes']} transposes move {layout['bytes']} bytes a prediction")
        summary.add_row("arithmetic", self.precision)
        if facts["cost"]:
            summary.add_row("a row visits", f"at most {facts['cost']['node_visits']} nodes of trees")
        summary.add_row("verified", escape(self._verdict()))
        if self.verification.coverage is not None:
            summary.add_row("trees", str(self.verification.coverage))
        if self.loss is not None:
            summary.add_row("loss", str(self.loss))
            for example in self.loss.examples:
                summary.add_row("", escape(_example(example)))
        summary.add_row("took", f"{self.seconds:.2f} s")
        parts.append(summary)
        if self.steps:
            parts.append(_steps_table(self.steps))
        if self.lines:
            parts.append(_budget_table(self.lines))
        return Group(*parts)

    def __str__(self) -> str:
        console = Console(width=120, no_color=True, legacy_windows=False)
        with console.capture() as capture:
            console.print(self.render())
        return capture.get().rstrip()


def _example(example: dict[str, Any]) -> str:
    """A row that changed, shortened, and what both sides say of it."""
    row = ", ".join(f"{value:.4g}" if isinstance(value, float) else str(value) for value in example["row"][:SHOWN])
    more = ", ..." if len(example["row"]) > SHOWN else ""
    return f"e.g. [{row}{more}]: source {example['source']}, device {example['device']}"


def _steps_table(steps: list[StepReport]) -> Table:
    table = Table(
        "step", "bytes", "work a row", "metric", "before", "after", "taken", title="lossy steps", title_justify="left"
    )
    for step in steps:
        table.add_row(
            step.name,
            f"{step.bytes_before} -> {step.bytes_after}",
            f"{step.work_before} -> {step.work_after}",
            step.metric_name,
            f"{step.metric_before:.4f}",
            f"{step.metric_after:.4f}",
            "yes" if step.accepted else f"no: {step.reason}",
        )
    return table


def _budget_table(lines: list[Line]) -> Table:
    table = Table("limit", "allowed", "measured", "headroom", "", title="budget", title_justify="left")
    for line in lines:
        measured = "not measured" if line.value is None else quantity(line.value, line.unit)
        headroom = "" if line.headroom is None else f"{100 * line.headroom:.1f} %"
        verdict = {True: "ok", False: "EXCEEDED", None: ""}[line.ok]
        table.add_row(line.name, quantity(line.limit, line.unit), measured, headroom, verdict)
    return table
