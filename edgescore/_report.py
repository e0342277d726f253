"""Report: footprint and latency of a model at this moment, held against its budget; as text and as JSON-able dict."""

from __future__ import annotations

from edgescore import _latency
from edgescore._budget import binding, quantity, render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from edgescore._model import Model

QUANTILES = (("p50_ns", 500), ("p90_ns", 900), ("p99_ns", 990), ("p99_9_ns", 999))


class Report:
    """A snapshot; ``str(report)`` is the text, ``to_dict()`` the values, ``ok`` whether no limit is exceeded."""

    def __init__(self, model: Model):
        engine = model._engine
        count, total, longest, buckets = engine.latency()
        self.backend = model.backend
        self.flash = len(model._data)
        self.arena, self.state = engine.arena, engine.state
        self.working_memory, self.rss_added = engine.memory(), model.rss_added
        self.count = count
        self.latency: dict[str, int | None] = {
            name: _latency.quantile(buckets, longest, per_mille) if count else None for name, per_mille in QUANTILES
        }
        asked, hurried = engine.asked()
        self.trees = asked / hurried if hurried else None  # of predictions that stop where the class is certain
        self.latency["max_ns"] = longest if count else None
        self.latency["mean_ns"] = total // count if count else None
        self._model = model
        self.lines = model._budget.check(self._measured()) if model._budget else []
        self.ok = all(line.ok is not False for line in self.lines)

    def _measured(self) -> dict[str, float | None]:
        return {"flash": self.flash, "ram": self.arena + self.state, **self.latency}

    def sections(self) -> list[dict[str, Any]]:
        """Bytes of every section of the file."""
        return [{"name": name, "bytes": size} for name, size in self._model._read().sections.items()]

    def violation(self) -> str:
        """The exceeded limits, the binding one first; empty when all hold."""
        exceeded = [line for line in self.lines if line.ok is False]
        first = binding(exceeded)
        return "; ".join(
            str(line) for line in ([first] if first else []) + [line for line in exceeded if line is not first]
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {
            "backend": self.backend,
            "flash": self.flash,
            "sections": self.sections(),
            "arena": self.arena,
            "state": self.state,
            "working_memory": self.working_memory,
            "rss_added": self.rss_added,
            "predictions": self.count,
            "latency": self.latency,
            "trees": self.trees,
            "budget": [line.to_dict() for line in self.lines],
            "ok": self.ok,
        }

    def text(self) -> str:
        """The report for people."""
        sections = ", ".join(f"{section['name']} {section['bytes']}" for section in self.sections())
        lines = [
            f"file             {quantity(self.flash, 'B')} ({sections})",
            f"RAM per row      {quantity(self.arena + self.state, 'B')} (arena {self.arena}, state {self.state})",
            f"working memory   {quantity(self.working_memory, 'B')} held by this process",
            f"added at load    {quantity(self.rss_added, 'B')} of resident memory",
            f"backend          {self.backend}",
        ]
        if self.count:
            names = [("p50", "p50_ns"), ("p90", "p90_ns"), ("p99", "p99_ns"), ("p99.9", "p99_9_ns"), ("max", "max_ns")]
            shown = ", ".join(f"{name} {quantity(self.latency[key] or 0, 'ns')}" for name, key in names)
            lines.append(f"latency          {shown} over {self.count} predictions")
        else:
            lines.append("latency          no predictions yet")
        if self.trees:
            lines.append(f"trees asked      {self.trees:.1f} on average, until the class is certain")
        if self.lines:
            lines += ["", render(self.lines), "", "PASS" if self.ok else f"FAIL: {self.violation()}"]
        return "\n".join(lines)

    __str__ = text
