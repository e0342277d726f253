"""Graph -> .edsc bytes. The same graph gives the same bytes. Equal constants, shapes and texts are stored once.

Refuses nothing that the readers accept and writes nothing they refuse: ``encode`` reads its own result back.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from edgescore._budget import Budget
from edgescore._errors import FormatError
from edgescore._reader import parse
from edgescore.format import schema
from edgescore_converters import early_exit
from edgescore_converters.errors import ConvertError
from edgescore_converters.ir import Feature, Graph, Node, Port, Value
from edgescore_converters.plan import Plan, plan


class _Pool:
    """Bytes collected once each, at aligned offsets."""

    def __init__(self, alignment: int) -> None:
        self.data = bytearray()
        self.at: dict[bytes, int] = {}
        self.alignment = alignment

    def add(self, item: bytes) -> int:
        if item not in self.at:
            self.data += bytes(-len(self.data) % self.alignment)
            self.at[item] = len(self.data)
            self.data += item
        return self.at[item]


class _Writer:
    """The sections of one file while they fill."""

    def __init__(self, graph: Graph, made: Plan) -> None:
        self.graph = graph
        self.plan = made
        if self.plan.arena + self.plan.state > schema.MAX_BYTES:
            needed = (self.plan.arena + self.plan.state) / 2**20
            raise ConvertError(f"the model needs {needed:,.0f} MiB of memory, and {schema.MAX_BYTES >> 20} is the most")
        self.constants, self.text, self.dims = _Pool(schema.ALIGNMENT), _Pool(1), _Pool(4)
        self.quants, self.strings = _Pool(schema.QUANT.size), bytearray()
        self.features, self.tensors, self.nodes, self.ports = bytearray(), bytearray(), bytearray(), bytearray()
        self.ids: dict[int, int] = {}
        self.places = {key: ("arena", offset) for key, offset in made.offsets.items()}  # of activations
        self.places |= {id(state): ("state", offset) for state, offset in zip(graph.states, made.states)}
        self.places |= {id(port.value): ("output", number) for number, port in enumerate(graph.outputs)}
        self.places |= {id(port.value): ("input", number) for number, port in enumerate(graph.inputs)}
        self.lists: dict[tuple[str, ...], tuple[int, int, int]] = {}

    def string(self, text: str) -> int:
        if "\0" in text:
            raise ConvertError(f"a name or category contains a zero character: {text!r}")
        return self.text.add(text.encode("utf-8", "replace") + b"\0")

    def values(self, items: list[Any]) -> tuple[int, int, int]:
        """(first string, count, VALUE) of a list of labels or categories; equal lists are shared."""
        items = [item.item() if isinstance(item, np.generic) else item for item in items]
        kinds = {type(item) for item in items}
        kind = next(
            (t.__name__ for t in (bool, int, str) if kinds == {t}),
            "float" if kinds and kinds <= {int, float} else "str",
        )
        texts = [str(float(item)) if kind == "float" else str(item) for item in items]
        key = (kind, *texts)
        if key not in self.lists:
            first = len(self.strings) // schema.STRING.size
            for text in texts:
                self.strings += schema.STRING.pack(text=self.string(text))
            self.lists[key] = (first, len(texts), schema.VALUE[kind])
        return self.lists[key]

    def feature(self, feature: Feature, all_nan: bool) -> None:
        first, count, kind = self.values(feature.categories or [])
        self.features += schema.FEATURE_RECORD.pack(
            name=self.string(feature.name),
            kind=schema.FEATURE["numeric" if feature.categories is None else "categorical"],
            unknown=schema.UNKNOWN[feature.unknown],
            category_type=kind,
            flags=schema.FEATURE_NAN * (feature.nan and not all_nan),
            categories=first,
            n_categories=count,
        )

    def port(self, port: Port, is_input: bool) -> None:
        flags = (schema.PORT_INPUT * is_input) | (schema.PORT_NAN * port.nan) | (schema.PORT_SQUEEZE * port.squeeze)
        first_feature = len(self.features) // schema.FEATURE_RECORD.size
        plain = all(not f.name and f.categories is None and (port.nan or not f.nan) for f in port.features)
        named = [] if plain else port.features
        for feature in named:
            self.feature(feature, port.nan)
        first, count, kind = self.values(port.labels)
        self.ports += schema.PORT.pack(
            tensor=self.ids[id(port.value)],
            flags=flags,
            role=schema.ROLE[port.role],
            name=self.string(port.name),
            features=first_feature,
            n_features=len(named),
            labels=first,
            n_labels=count,
            label_type=kind,
            pad=0,
            reserved=0,
        )

    def tensor(self, value: Value) -> None:
        if value.data is not None:
            kind, offset = "constant", self.constants.add(np.ascontiguousarray(value.data).tobytes())
        else:
            kind, offset = self.places[id(value)]
        quant = 0
        if value.quant:
            quant = (
                1
                + self.quants.add(schema.QUANT.pack(scale=value.quant[0], zero_point=value.quant[1]))
                // schema.QUANT.size
            )
        self.ids[id(value)] = len(self.tensors) // schema.TENSOR.size
        self.tensors += schema.TENSOR.pack(
            dtype=schema.DTYPE_BY_NAME[value.dtype].code,
            rank=len(value.shape),
            kind=schema.KIND[kind],
            flags=0,
            offset=offset,
            dims=self.dims.add(np.asarray(value.shape, "<u4").tobytes()) // schema.DIM.size,
            quant=quant,
            reserved=0,
        )

    def initial_state(self) -> bytes:
        """The state section's bytes; empty where all start at zero."""
        image = bytearray(self.plan.state)
        for state, offset in zip(self.graph.states, self.plan.states):
            if state.initial is not None:
                image[offset : offset + state.nbytes] = np.ascontiguousarray(state.initial).tobytes()
        return bytes(image) if any(image) else b""

    def node(self, node: Node) -> None:
        op, operands = node.record, [*node.inputs, *node.outputs]
        if len(operands) > 255:
            raise ConvertError(f"{op.name} with {len(operands)} operands; a node has at most 255, so split it")
        letters = "".join("-" if value is None else value.letter for value in operands)
        variants = [op.variant_letters(number, len(operands)) for number in range(len(op.types))]
        variant = next(n for n, v in enumerate(variants) if all(have in ("-", want) for have, want in zip(letters, v)))
        ids = b"".join((schema.ABSENT if v is None else self.ids[id(v)]).to_bytes(2, "little") for v in operands)
        params = op.record.pack(**node.params)
        params += bytes(-len(params) % 4)
        self.nodes += schema.NODE.pack(
            op=op.code, variant=variant, operands=len(operands), params=len(params), reserved=0
        )
        self.nodes += ids + bytes(-len(ids) % 4) + params


def encode(
    graph: Graph,
    *,
    budget: Budget | None = None,
    metadata: Mapping[str, Any] | None = None,
    planned: Plan | None = None,
) -> bytes:
    """The file of ``graph``.

    budget: limits to carry in the file. metadata: JSON-able facts (source, recipe, verification). planned: what
    ``plan`` gave for the graph as it is, where that is known. Raises ConvertError when the graph breaks a limit of the
    format, with the reader's reason.
    """
    writer = _Writer(graph, planned or plan(graph))
    for value in graph.values():
        writer.tensor(value)
    if len(writer.ids) > schema.ABSENT:
        raise ConvertError(f"the model has {len(writer.ids)} tensors; the format ends at {schema.ABSENT}")
    for node in graph.nodes:
        writer.node(node)
    for port in graph.inputs:
        writer.port(port, True)
    for port in graph.outputs:
        writer.port(port, False)
    sections = {
        "ports": writer.ports,
        "tensors": writer.tensors,
        "dims": writer.dims.data,
        "quants": writer.quants.data,
        "nodes": writer.nodes,
        "constants": writer.constants.data,
        "plan": schema.PLAN.pack(
            arena=writer.plan.arena, state=writer.plan.state, flags=schema.PLAN_ROWWISE * graph.is_rowwise()
        ),
        "features": writer.features,
        "strings": writer.strings,
        "text": writer.text.data,
        "budget": _budget(budget) if budget else b"",
        "initial_state": writer.initial_state(),
        "metadata": json.dumps(metadata, sort_keys=True, separators=(",", ":")).encode() if metadata else b"",
    }
    whole = {name: bytes(content) for name, content in sections.items()}
    data = assemble(whole)
    try:
        parsed = parse(data, np)
    except FormatError as refused:
        raise ConvertError(f"the graph breaks a rule of the format: {refused}") from None
    points = early_exit.table(parsed)
    return assemble(whole | {"early_exit": points}) if points else data


def assemble(sections: Mapping[str, bytes]) -> bytes:
    """A file of the given sections, in the format's order; empty ones that no file needs are left out."""
    wanted = [s for s in schema.SECTIONS if sections.get(s.name) or s.required]
    at = schema.HEADER.size + len(wanted) * schema.SECTION.size
    table, body = b"", b""
    for section in wanted:
        content = sections[section.name]
        start = schema.align(at + len(body))
        body += bytes(start - at - len(body))
        flags = schema.MUST_UNDERSTAND if section.must_understand else 0
        table += schema.SECTION.pack(id=section.id, flags=flags, offset=start, size=len(content))
        body += content
    body += bytes(schema.align(at + len(body)) - at - len(body))
    size = at + len(body) + 4
    if size > schema.MAX_BYTES:
        raise ConvertError(f"the model has {size} bytes; the format ends at {schema.MAX_BYTES}")
    header = schema.HEADER.pack(
        magic=schema.MAGIC, major=schema.MAJOR, minor=schema.MINOR, sections=len(wanted), size=size, reserved=0
    )
    return seal(header + table + body)


def seal(data: bytes) -> bytes:
    """``data`` with its checksum behind it."""
    return data + zlib.crc32(data).to_bytes(4, "little")


def _budget(budget: Budget) -> bytes:
    drop = budget.accuracy_drop
    return schema.BUDGET.pack(
        flash=budget.flash or 0,
        ram=budget.ram or 0,
        p50_ns=budget.p50_ns or 0,
        p99_ns=budget.p99_ns or 0,
        max_ns=budget.max_ns or 0,
        accuracy_drop=-1.0 if drop is None else drop,
        on_violation=schema.VIOLATION[budget.on_violation],
        reserved=0,
    )
