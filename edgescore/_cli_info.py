"""Owns ``edgescore info``: what is in a model file, for people or as JSON. It scores nothing."""

from __future__ import annotations

import json

from edgescore._budget import Budget, quantity
from edgescore._cli import DONE, open_model, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from typing import Any

SHOWN = 20  # features, categories or labels of one kind; --json lists all


def run(arguments: argparse.Namespace) -> int:
    """Print what ``arguments.model`` holds; the exit code."""
    about = open_model(arguments.model).describe()
    show(*([json.dumps(about, indent=2)] if arguments.json else text(arguments.model, about)))
    return DONE


def text(name: str, about: dict[str, Any]) -> Iterator[str]:
    """The lines of the description of model file ``name``."""
    yield f"{name}: {quantity(about['file_size'], 'B')}, format {about['format']}"
    for title in ("inputs", "outputs"):
        yield f"\n{title}"
        for port in about[title]:
            yield from _port(port)
    yield "\noperators"
    yield from _table(
        [(item["name"], f"x{item['count']}", quantity(item["bytes"], "B")) for item in about["operators"]]
    )
    yield "\nsections"
    yield from _table([(item["name"], quantity(item["bytes"], "B")) for item in about["sections"]])
    yield "\nmemory"
    yield from _table([(key, quantity(about[key], "B")) for key in ("arena", "state")])
    if about["budget"]:
        yield "\nbudget in the file"
        limits = Budget.parse(about["budget"])
        yield from _table([(line.name, quantity(line.limit, line.unit)) for line in limits.check({})])
        yield f"  on violation: {limits.on_violation}"
    if about["metadata"]:
        yield "\nmetadata"
        for key, value in about["metadata"].items():
            yield f"  {key}: {value if isinstance(value, str) else json.dumps(value)}"


def _port(port: dict[str, Any]) -> Iterator[str]:
    role = f", {port['role']}" if port.get("role") else ""
    yield f"  {port['name']}: {port['dtype']} {list(port['shape'])}{role}"
    if port.get("labels"):
        yield f"    labels: {_some(port['labels'])}"
    features = port.get("features") or []
    numeric = [feature["name"] for feature in features if feature["kind"] == "numeric"]
    if numeric:
        yield f"    {len(numeric)} numeric: {_some(numeric)}"
    for feature in features:
        if feature["kind"] != "numeric":
            yield f"    {feature['name']}: {_some(feature['categories'])} (anything else: {feature['unknown']})"


def _some(values: list[Any]) -> str:
    rest = f", ... ({len(values) - SHOWN} more; --json lists all)" if len(values) > SHOWN else ""
    return ", ".join(map(str, values[:SHOWN])) + rest


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows)]
    for first, *rest in rows:
        yield f"  {first:<{widths[0]}}" + "".join(f"  {cell:>{width}}" for cell, width in zip(rest, widths[1:]))
