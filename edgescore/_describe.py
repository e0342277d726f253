"""What is in a file, as plain JSON-able values; ``edgescore info`` prints it."""

from __future__ import annotations

from edgescore.format import schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from edgescore._reader import Parsed, Port


def describe(parsed: Parsed, size: int) -> dict[str, Any]:
    """Inputs, outputs, operators, bytes per section, memory, budget and metadata of a parsed file of ``size`` bytes."""
    operators: dict[str, dict[str, Any]] = {}
    for node in parsed.nodes:
        entry = operators.setdefault(node.op.name, {"name": node.op.name, "count": 0, "bytes": 0})
        entry["count"] += 1
        constants = {
            number for number in node.inputs if number != schema.ABSENT and parsed.tensors[number].kind == "constant"
        }
        entry["bytes"] += sum(parsed.tensors[number].nbytes for number in constants)
    budget = None
    if parsed.budget:
        from edgescore._budget import Budget

        budget = Budget.from_record(parsed.budget).to_dict()
    return {
        "format": ".".join(map(str, parsed.version)),
        "file_size": size,
        "inputs": [_port(parsed, port) for port in parsed.ports if port.is_input],
        "outputs": [_port(parsed, port) for port in parsed.ports if not port.is_input],
        "operators": sorted(operators.values(), key=lambda entry: -entry["bytes"]),
        "sections": [{"name": name, "bytes": length} for name, length in parsed.sections.items()],
        "arena": parsed.arena,
        "state": parsed.state,
        "budget": budget,
        "metadata": _metadata(parsed.metadata),
    }


def _metadata(text: bytes) -> dict[str, Any]:
    """The metadata, which no reader checks: what is no JSON object is shown as the text it is."""
    import json

    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"text": text.decode("utf-8", "replace")}


def _port(parsed: Parsed, port: Port) -> dict[str, Any]:
    tensor = parsed.tensors[port.tensor]
    entry: dict[str, Any] = {"name": port.name, "dtype": tensor.dtype.name, "shape": list(tensor.shape)}
    if tensor.quant:
        entry["quantization"] = {"scale": tensor.quant[0], "zero_point": tensor.quant[1]}
    if port.is_input:
        entry["accepts_nan"] = port.nan
        entry["features"] = [
            {
                "name": feature.name,
                "kind": "numeric" if feature.categories is None else "categorical",
                "categories": feature.categories,
                "unknown": feature.unknown,
                "accepts_nan": port.nan or feature.nan,
            }
            for feature in port.features
        ]
    else:
        entry["labels"], entry["role"] = port.labels or None, port.role
    return entry
