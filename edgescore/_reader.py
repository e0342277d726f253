"""Read .edsc bytes into plain Python records: the same checks as reader.c, in the same order, with the same statuses.

Model bytes are untrusted; everything that the numpy backend relies on is checked here. Only constant contents need an
array module (``xp``); without one they are taken on trust, which is right where reader.c has already opened the bytes.
"""

from __future__ import annotations

import math
import zlib

from edgescore._errors import error
from edgescore._plan_check import Memory
from edgescore.format import schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from edgescore.ops import Op

(
    TRUNCATED,
    MAGIC,
    VERSION,
    CHECKSUM,
    LAYOUT,
    SECTION,
    TENSOR,
    DTYPE,
    OPERATOR,
    SHAPE,
    NODE,
    PLAN,
    CONSTANT,
    PORT,
    PARAM,
) = range(-1, -16, -1)
KIND_NAMES = {number: name for name, number in schema.KIND.items()}
CASTS: dict[int, Callable[[str], Any]] = {
    schema.VALUE["str"]: str,
    schema.VALUE["int"]: int,
    schema.VALUE["float"]: float,
    schema.VALUE["bool"]: lambda text: text == "True",
}


class Tensor:
    """A value of the graph: dtype (``schema.DType``), shape, kind (``schema.KIND`` name), offset, (scale, zero)."""

    def __init__(
        self, dtype: schema.DType, shape: tuple[int, ...], kind: str, offset: int, quant: tuple[float, int] | None
    ):
        self.dtype, self.shape, self.kind, self.offset, self.quant = dtype, shape, kind, offset, quant
        self.nbytes = math.prod(shape) * dtype.size

    def common(self, other: Tensor) -> int:
        """How many bytes they share, both in the arena or both in the state."""
        if self.kind != other.kind or self.kind not in ("arena", "state"):
            return 0
        end = min(self.offset + self.nbytes, other.offset + other.nbytes)
        return max(0, end - max(self.offset, other.offset))


class Node:
    """One operator call: op, dtype variant, tensor ids (inputs then outputs, ABSENT where optional), parameters."""

    def __init__(self, op: Op, variant: int, ids: list[int], params: dict[str, Any]):
        self.op, self.variant, self.ids, self.params = op, variant, ids, params
        self.inputs, self.outputs = ids[: len(ids) - len(op.outputs)], ids[len(ids) - len(op.outputs) :]


class Feature:
    """One column of a tabular input: name, categories (None when numeric), policy for unseen ones, route for NaN."""

    def __init__(self, name: str, categories: list[Any] | None, unknown: str, nan: bool):
        self.name, self.categories, self.unknown, self.nan = name, categories, unknown, nan


class Port:
    """A model input or output: name, tensor id, role, flags, features (inputs), labels (outputs)."""

    def __init__(
        self,
        name: str,
        tensor: int,
        is_input: bool,
        nan: bool,
        squeeze: bool,
        role: str,
        features: list[Feature],
        labels: list[Any],
    ):
        self.name, self.tensor, self.is_input, self.nan, self.squeeze = name, tensor, is_input, nan, squeeze
        self.role, self.features, self.labels = role, features, labels

    def takes_nan(self, column: int) -> bool:
        """Whether NaN has a route from ``column`` of a row."""
        return self.nan or (column < len(self.features) and self.features[column].nan)


class Parsed:
    """A whole model: ports, tensors, nodes, constants, plan numbers, budget record, metadata bytes, section sizes."""

    def __init__(self) -> None:
        self.ports: list[Port] = []
        self.tensors: list[Tensor] = []
        self.nodes: list[Node] = []
        self.constants = memoryview(b"")
        self.arena = self.state = 0
        self.initial_state = b""
        self.rowwise = False
        self.budget: dict[str, Any] | None = None
        self.metadata = b""
        self.sections: dict[str, int] = {}
        self.version = (0, 0)


def parse(data: bytes | memoryview, xp: Any = None, *, nodes: bool = True) -> Parsed:
    """Check and decode a whole file.

    data: the file's bytes. xp: an array module (numpy) to check constant contents with. nodes: false leaves the nodes
    out, and with them the import of every operator: for callers whose bytes reader.c has opened already. Raises
    FormatError with the status reader.c gives for the same bytes.
    """
    view = memoryview(data).cast("B")
    parsed = Parsed()
    table = _sections(view, parsed)
    records = {
        section.name: section.record.unpack_all(table.get(section.name, b""))
        for section in schema.SECTIONS
        if section.record
    }
    parsed.constants = memoryview(table.get("constants", b""))
    parsed.metadata = bytes(table.get("metadata", b""))
    parsed.initial_state = bytes(table.get("initial_state", b""))
    _plan(records["plan"], records["budget"], parsed)
    _tensors(records, parsed)
    _ports(records, bytes(table.get("text", b"")), parsed)
    if nodes:
        _nodes(memoryview(table["nodes"]), parsed, xp)
    return parsed


def _sections(view: memoryview, parsed: Parsed) -> dict[str, memoryview]:
    """Header, checksum and section table; returns the bytes of every known section that is there."""
    header, entry = schema.HEADER, schema.SECTION
    if len(view) >= 4 and bytes(view[:4]) != schema.MAGIC:
        raise error(MAGIC)
    if len(view) < header.size + 4:
        raise error(TRUNCATED, f"{len(view)} bytes")
    head = header.unpack(view)
    parsed.version = (head["major"], head["minor"])
    if head["major"] != schema.MAJOR or head["minor"] > schema.MINOR:
        raise error(VERSION, f"format {head['major']}.{head['minor']}")
    if len(view) < head["size"]:
        raise error(TRUNCATED, f"{len(view)} of {head['size']} bytes")
    if len(view) != head["size"] or head["size"] > schema.MAX_BYTES or head["reserved"]:
        raise error(LAYOUT)
    end = len(view) - 4
    if zlib.crc32(view[:end]) != int.from_bytes(view[end:], "little"):
        raise error(CHECKSUM)
    known = {section.id: section for section in schema.SECTIONS}
    expected, last = header.size + head["sections"] * entry.size, 0
    if expected > end:
        raise error(LAYOUT)
    found: dict[str, memoryview] = {}
    for index in range(head["sections"]):
        item = entry.unpack(view, header.size + index * entry.size)
        start = schema.align(expected)
        if (
            item["id"] <= last
            or item["offset"] != start
            or start > end
            or item["size"] > end - start
            or item["flags"] > schema.MUST_UNDERSTAND
            or any(view[expected:start])
        ):
            raise error(LAYOUT, f"section {item['id']}")
        last, expected = item["id"], start + item["size"]
        section = known.get(item["id"])
        if section is None:
            if item["flags"] == schema.MUST_UNDERSTAND:
                raise error(SECTION, f"section {item['id']}")
            continue
        if section.record and (
            item["size"] % section.record.size or item["size"] // section.record.size > schema.MAX_RECORDS
        ):
            raise error(LAYOUT, section.name)
        found[section.name] = view[start:expected]
        parsed.sections[section.name] = item["size"]
    if schema.align(expected) != end or any(view[expected:end]):
        raise error(LAYOUT, "bytes after the last section")
    for section in schema.SECTIONS:
        if section.required and section.name not in found:
            raise error(SECTION, section.name)
    return found


def _plan(plans: list[dict[str, int]], budgets: list[dict[str, Any]], parsed: Parsed) -> None:
    if len(plans) != 1 or len(budgets) > 1:
        raise error(SECTION, "plan or budget")
    for budget in budgets:
        if (
            budget["reserved"]
            or math.isnan(budget["accuracy_drop"])
            or budget["on_violation"] not in schema.VIOLATION.values()
        ):
            raise error(SECTION, "budget")
        parsed.budget = budget
    plan = plans[0]
    if plan["arena"] > schema.MAX_BYTES or plan["state"] > schema.MAX_BYTES or plan["flags"] & ~schema.PLAN_ROWWISE:
        raise error(PLAN)
    if plan["arena"] % schema.ALIGNMENT or plan["state"] % schema.ALIGNMENT:
        raise error(PLAN)
    parsed.arena, parsed.state = plan["arena"], plan["state"]
    parsed.rowwise = bool(plan["flags"] & schema.PLAN_ROWWISE)
    if parsed.rowwise and parsed.state:
        raise error(PLAN, "blocks of rows know no order, so a row-wise model keeps no state")
    if len(parsed.initial_state) not in (0, parsed.state):
        raise error(PLAN, "the initial state has another size than the state")


def _tensors(records: dict[str, list[dict[str, Any]]], parsed: Parsed) -> None:
    dims, quants = records["dims"], records["quants"]
    for record in quants:
        if not (record["scale"] > 0 and math.isfinite(record["scale"])):
            raise error(TENSOR, "quantization scale")
    if len(records["tensors"]) > schema.ABSENT:
        raise error(TENSOR, f"{len(records['tensors'])} tensors")
    for number, record in enumerate(records["tensors"]):
        if record["kind"] not in KIND_NAMES or record["flags"] or record["reserved"] or record["quant"] > len(quants):
            raise error(TENSOR, f"tensor {number}")
        if record["dtype"] not in schema.DTYPE_BY_CODE:
            raise error(DTYPE, f"tensor {number}")
        if record["rank"] > schema.MAX_RANK or record["dims"] + record["rank"] > len(dims):
            raise error(TENSOR, f"tensor {number}")
        shape: tuple[int, ...] = tuple(dim["size"] for dim in dims[record["dims"] : record["dims"] + record["rank"]])
        size = schema.DTYPE_BY_CODE[record["dtype"]].size
        for dim in shape:
            size *= dim
            if not 0 < size <= schema.MAX_BYTES:
                raise error(TENSOR, f"tensor {number} of shape {shape}")
        quant = quants[record["quant"] - 1] if record["quant"] else None
        tensor = Tensor(
            schema.DTYPE_BY_CODE[record["dtype"]],
            shape,
            KIND_NAMES[record["kind"]],
            record["offset"],
            (quant["scale"], quant["zero_point"]) if quant else None,
        )
        room = {"constant": len(parsed.constants), "arena": parsed.arena, "state": parsed.state}.get(tensor.kind)
        unit = tensor.dtype.size if tensor.kind == "arena" else schema.ALIGNMENT
        if room is not None and (tensor.offset % unit or tensor.offset > room or size > room - tensor.offset):
            raise error(TENSOR, f"tensor {number} outside its {tensor.kind}")
        if parsed.rowwise and tensor.kind != "constant" and (len(shape) != 2 or shape[0] != 1):
            raise error(TENSOR, f"tensor {number} of a row-wise model")
        parsed.tensors.append(tensor)


def _ports(records: dict[str, list[dict[str, Any]]], text: bytes, parsed: Parsed) -> None:
    if text and text[-1]:
        raise error(PORT, "text section without its final zero")
    # Decoded and cast once each, so that the work is in proportion to the file.
    texts: dict[int, str] = {}
    cast: dict[tuple[int, int], Any] = {}
    listed = 0

    def read(offset: int) -> str:
        if offset not in texts:
            if offset >= len(text) or (offset and text[offset - 1]):
                raise error(PORT, "text offset")
            texts[offset] = text[offset : text.index(0, offset)].decode("utf-8", "replace")
        return texts[offset]

    def values(first: int, count: int, kind: int) -> list[Any]:
        nonlocal listed
        listed += count
        if count > len(strings) - first or kind not in CASTS or listed > schema.MAX_RECORDS:
            raise error(PORT, "labels or categories")
        return [value(offset, kind) for offset in strings[first : first + count]]

    def value(offset: int, kind: int) -> Any:
        if (offset, kind) not in cast:
            cast[offset, kind] = _value(read(offset), kind)
        return cast[offset, kind]

    strings = [record["text"] for record in records["strings"]]
    for offset in strings:
        read(offset)
    features = []
    for record in records["features"]:
        if (
            record["kind"] not in schema.FEATURE.values()
            or record["unknown"] not in schema.UNKNOWN.values()
            or record["flags"] > schema.FEATURE_NAN
        ):
            raise error(PORT, "feature")
        if record["n_categories"] and not record["kind"]:
            raise error(PORT, "a numeric feature with categories")
        name = read(record["name"])
        categories = values(record["categories"], record["n_categories"], record["category_type"])
        unknown = next(policy for policy, number in schema.UNKNOWN.items() if number == record["unknown"])
        features.append(Feature(name, categories if record["kind"] else None, unknown, bool(record["flags"])))
    counts = {"input": 0, "output": 0}
    for number, record in enumerate(records["ports"]):
        is_input = bool(record["flags"] & schema.PORT_INPUT)
        kind = "input" if is_input else "output"
        if record["flags"] > 7 or record["pad"] or record["reserved"] or (is_input and counts["output"]):
            raise error(PORT, f"port {number}")
        if record["role"] not in schema.ROLE.values() or (is_input and record["role"]):
            raise error(PORT, f"port {number}")
        if record["tensor"] >= len(parsed.tensors):
            raise error(PORT, f"port {number}")
        tensor = parsed.tensors[record["tensor"]]
        if tensor.kind != kind or tensor.offset != counts[kind]:
            raise error(PORT, f"port {number}")
        counts[kind] += 1
        width = tensor.shape[-1] if tensor.shape else 0
        if record["n_features"] and (
            not is_input
            or record["n_features"] != width
            or record["features"] > len(features)
            or record["n_features"] > len(features) - record["features"]
        ):
            raise error(PORT, f"port {number}: features")
        if record["flags"] & schema.PORT_SQUEEZE and (len(tensor.shape) < 2 or width != 1):
            raise error(PORT, f"port {number}: squeeze")
        if record["flags"] & schema.PORT_NAN and not (is_input and tensor.dtype.letter in "fd"):
            raise error(PORT, f"port {number}: NaN")
        if record["role"] and (tensor.dtype.letter != "i" or tensor.nbytes != 4):
            raise error(PORT, f"port {number}: a label is one int32")
        parsed.ports.append(
            Port(
                read(record["name"]),
                record["tensor"],
                is_input,
                bool(record["flags"] & schema.PORT_NAN),
                bool(record["flags"] & schema.PORT_SQUEEZE),
                "label" if record["role"] else "score",
                features[record["features"] : record["features"] + record["n_features"]],
                values(record["labels"], record["n_labels"], record["label_type"]),
            )
        )
    ends = [tensor for tensor in parsed.tensors if tensor.kind in counts]
    if not counts["input"] or not counts["output"] or len(ends) != len(parsed.ports):
        raise error(PORT, "every input and output tensor has exactly one port")


def _value(text: str, kind: int) -> Any:
    try:
        return CASTS[kind](text)
    except ValueError:
        return text


def _nodes(view: memoryview, parsed: Parsed, xp: Any) -> None:
    from edgescore.ops import BY_CODE

    at, tensors, operands_seen, constants_seen = 0, parsed.tensors, 0, 0
    memory = Memory(parsed)
    while at < len(view):
        if len(view) - at < schema.NODE.size:
            raise error(NODE)
        record = schema.NODE.unpack(view, at)
        ids_at = at + schema.NODE.size
        params_at = ids_at + (record["operands"] * 2 + 3) // 4 * 4
        operands_seen += record["operands"]
        if params_at + record["params"] > len(view) or record["reserved"] or record["params"] % 4:
            raise error(NODE)
        if operands_seen > schema.MAX_OPERANDS:
            raise error(NODE, f"more than {schema.MAX_OPERANDS} operands")
        op = BY_CODE.get(record["op"])
        if op is None:
            raise error(OPERATOR, f"operator {record['op']}")
        if record["variant"] >= len(op.types):
            raise error(DTYPE, op.name)
        if parsed.rowwise and not op.rowwise:
            raise error(PLAN, f"{op.name} in a row-wise model")
        operands = op.operands(record["operands"])
        ids = list(view[ids_at : ids_at + 2 * record["operands"]].cast("H"))
        if record["operands"] % 2 and any(view[params_at - 2 : params_at]):
            raise error(NODE, op.name)
        n_in = len(operands) - len(op.outputs)
        for index, (number, operand, letter) in enumerate(
            zip(ids, operands, op.variant_letters(record["variant"], len(ids)))
        ):
            if number == schema.ABSENT and operand.optional:
                continue
            if number >= len(tensors):
                raise error(NODE, op.name)
            tensor = tensors[number]
            if tensor.dtype.letter != letter:
                raise error(DTYPE, f"{op.name}: operand {index}")
            either = operand.dims == "@" and not operand.constant
            if not either and operand.constant != (tensor.kind == "constant"):
                raise error(NODE, f"{op.name}: operand {index} must {'' if operand.constant else 'not '}be constant")
            if index >= n_in and tensor.kind in ("constant", "input"):
                raise error(NODE, f"{op.name} writes a constant or an input")
        shapes = [None if number == schema.ABSENT else tensors[number].shape for number in ids]
        op.bind(shapes)
        used = [tensors[number] for number in ids[:n_in] if number != schema.ABSENT]
        constants_seen += sum(tensor.nbytes for tensor in used if tensor.kind == "constant")
        if constants_seen > schema.MAX_BYTES:
            raise error(NODE, f"more than {schema.MAX_BYTES} bytes of constants, each node's counted")
        if record["params"] != (op.record.size + 3) // 4 * 4 or any(
            view[params_at + op.record.size : params_at + record["params"]]
        ):
            raise error(PARAM, op.name)
        node = Node(op, record["variant"], ids, op.record.unpack(view, params_at))
        values = []
        if op.view is not None or (xp is not None and op.check is not None):
            values = [None if number == schema.ABSENT else operand_value(parsed, number, xp) for number in ids]
        if xp is not None and op.check is not None:
            status = op.check(xp, *values, **node.params)
            if status:
                raise error(status, op.name)
        memory.step(node, values)
        parsed.nodes.append(node)
        at = params_at + record["params"]
    memory.finish()


class Shape:
    """What a check sees of an operand that is not a constant: shape and dtype name."""

    def __init__(self, shape: tuple[int, ...], dtype: str):
        self.shape, self.dtype = shape, dtype


def operand_value(parsed: Parsed, number: int, xp: Any) -> Any:
    """A constant as an array of ``xp`` (without one as int32, which those of view operators are), anything else as its
    ``Shape``."""
    tensor = parsed.tensors[number]
    if tensor.kind != "constant":
        return Shape(tensor.shape, tensor.dtype.name)
    if xp is None:
        return parsed.constants[tensor.offset : tensor.offset + tensor.nbytes].cast("i")
    count = math.prod(tensor.shape)
    return xp.frombuffer(parsed.constants, tensor.dtype.name, count, tensor.offset).reshape(tensor.shape)
