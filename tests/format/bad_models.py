"""The bad golden files: each a good one with one thing wrong, and the status that both readers must give.

``BAD`` maps (name, status name) to a function that returns the bytes. The checksum is right unless it is the error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from edgescore.format import schema
from edgescore.ops import OPS
from edgescore_converters.ir import Graph
from edgescore_converters.writer import encode
from tests.format.good_models import MODELS
from tests.format.parts import Call, File, Part, reseal

BAD: dict[tuple[str, str], Callable[[], bytes]] = {}
ARENA, CONSTANT, INPUT, OUTPUT = (schema.KIND[name] for name in ("arena", "constant", "input", "output"))
FLOAT32, INT8, INT32 = (schema.DTYPE_BY_NAME[name].code for name in ("float32", "int8", "int32"))


def good(name: str) -> bytes:
    return MODELS[name]()[0]


def tensor(file: File, kind: int, number: int = 0) -> dict[str, Any]:
    """The ``number``-th tensor record of a kind."""
    return [record for record in file.tensors.records if record["kind"] == kind][number]


# --- the file as bytes ---


def raw(
    name: str, status: str, base: str = "linear", seal: bool = True
) -> Callable[[Callable[[bytearray], Any]], None]:
    """Register a change of a file's bytes; it changes them in place or returns others."""

    def register(change: Callable[[bytearray], Any]) -> None:
        def build() -> bytes:
            data = bytearray(good(base))
            changed = change(data)
            data = data if changed is None else bytearray(changed)
            return reseal(data) if seal else bytes(data)

        BAD[name, status] = build

    return register


def u(size: int, value: int) -> bytes:
    return value.to_bytes(size, "little")


raw("empty", "TRUNCATED", seal=False)(lambda data: b"")
raw("only_a_magic", "TRUNCATED", seal=False)(lambda data: data[:4])
raw("half", "TRUNCATED", seal=False)(lambda data: data[: len(data) // 2])
raw("last_byte_missing", "TRUNCATED", seal=False)(lambda data: data[:-1])
raw("foreign_magic", "MAGIC")(lambda data: b"PK\3\4" + data[4:])
raw("newer_major", "VERSION")(lambda data: data.__setitem__(4, schema.MAJOR + 1))
raw("older_major", "VERSION")(lambda data: data.__setitem__(4, schema.MAJOR - 1))
raw("newer_minor", "VERSION")(lambda data: data.__setitem__(5, schema.MINOR + 1))
raw("one_bit_flipped", "CHECKSUM", seal=False)(lambda data: data.__setitem__(200, data[200] ^ 8))
raw("wrong_checksum", "CHECKSUM", seal=False)(lambda data: data.__setitem__(-1, data[-1] ^ 1))
raw("bytes_behind", "LAYOUT", seal=False)(lambda data: data + bytes(16))
raw("header_reserved", "LAYOUT")(lambda data: data.__setitem__(12, 1))
raw("more_sections_than_bytes", "LAYOUT")(lambda data: data.__setitem__(slice(6, 8), u(2, 0xFFFF)))
raw("one_section_less", "LAYOUT")(lambda data: data.__setitem__(6, data[6] - 1))


def _entry(name: str, at: int, field: str, change: Callable[[int], int], status: str = "LAYOUT") -> None:
    """Register a change of one field of entry ``at`` of the section table."""
    offset = next(offset for member, _, offset in schema.SECTION.offsets() if member == field)
    size = 2 if field in ("id", "flags") else 4
    start = schema.HEADER.size + at * schema.SECTION.size + offset

    @raw(name, status)
    def _(data: bytearray) -> None:
        data[start : start + size] = u(
            size, change(int.from_bytes(data[start : start + size], "little")) % 2 ** (8 * size)
        )


_entry("hole", 1, "offset", lambda offset: offset + 16)
_entry("overlap", 1, "offset", lambda offset: offset - 16)
_entry("misaligned_section", 1, "offset", lambda offset: offset + 4)
_entry("offset_wraps", 1, "offset", lambda offset: 0xFFFFFFF0)
_entry("size_wraps", 1, "size", lambda size: 0xFFFFFFF0)
_entry("part_of_a_record", 1, "size", lambda size: size - 4)
_entry("section_out_of_order", 1, "id", lambda number: 9)
_entry("section_twice", 1, "id", lambda number: 1)
_entry("unknown_flag_of_a_section", 1, "flags", lambda flags: 2)


# --- records ---


def edit(name: str, status: str, base: str = "network") -> Callable[[Callable[[File], None]], None]:
    """Register a change of a file taken apart."""

    def register(change: Callable[[File], None]) -> None:
        def build() -> bytes:
            file = File(good(base))
            change(file)
            return file.build()

        BAD[name, status] = build

    return register


def field(name: str, status: str, section: str, at: int, base: str = "network", **values: Any) -> None:
    """Register other values in record ``at`` of a section."""
    edit(name, status, base)(lambda file: getattr(file, section).records[at].update(values))


@raw("nonzero_padding", "LAYOUT", "network")
def _(data: bytearray) -> None:
    entry = schema.SECTION.unpack(data, schema.HEADER.size)
    end = entry["offset"] + entry["size"]
    while end % schema.ALIGNMENT == 0:
        entry = schema.SECTION.unpack(data, schema.HEADER.size + schema.SECTION.size * entry["id"])
        end = entry["offset"] + entry["size"]
    data[end] = 1


edit("must_understand", "SECTION")(lambda file: file.parts.append(Part(4711, schema.MUST_UNDERSTAND, b"new")))
edit("no_plan", "SECTION")(lambda file: file.remove("plan"))
edit("no_nodes", "SECTION")(lambda file: file.remove("nodes"))
edit("two_plans", "SECTION")(lambda file: file.plan.records.append(file.plan.records[0]))
edit("two_budgets", "SECTION")(lambda file: file.budget.records.append(file.budget.records[0]))
field("budget_policy", "SECTION", "budget", 0, on_violation=4)
field("budget_nan", "SECTION", "budget", 0, accuracy_drop=float("nan"))
field("budget_reserved", "SECTION", "budget", 0, reserved=1)
field("plan_flag", "PLAN", "plan", 0, flags=2)
field("plan_too_large", "PLAN", "plan", 0, arena=schema.MAX_BYTES + 16)
field("plan_unaligned", "PLAN", "plan", 0, arena=40)
field("rowwise_with_state", "PLAN", "plan", 0, state=16)

field("scale_nan", "TENSOR", "quants", 0, "integers", scale=float("nan"))
field("scale_zero", "TENSOR", "quants", 0, "integers", scale=0.0)
field("scale_infinite", "TENSOR", "quants", 0, "integers", scale=float("inf"))
field("tensor_kind", "TENSOR", "tensors", 0, kind=5)
field("tensor_flags", "TENSOR", "tensors", 0, flags=1)
field("tensor_rank", "TENSOR", "tensors", 0, rank=7)
field("tensor_dims_beyond", "TENSOR", "tensors", 0, dims=1000)
field("tensor_dims_wrap", "TENSOR", "tensors", 0, dims=0xFFFFFFFF)
field("tensor_quant_beyond", "TENSOR", "tensors", 0, quant=1)
field("dtype_unknown", "DTYPE", "tensors", 0, dtype=99)
edit("dims_zero", "TENSOR")(lambda file: file.dims.records[-1].update(size=0))
edit("constant_beyond", "TENSOR")(lambda file: tensor(file, CONSTANT).update(offset=0x10000))
edit("constant_offset_wraps", "TENSOR")(lambda file: tensor(file, CONSTANT).update(offset=0xFFFFFFF0))
edit("constant_unaligned", "TENSOR")(lambda file: tensor(file, CONSTANT).update(offset=4))
edit("arena_beyond", "TENSOR")(lambda file: file.plan.records[0].update(arena=16))
field("two_rows_in_a_rowwise_model", "TENSOR", "dims", 0, size=2)


@edit("product_of_dims_wraps", "TENSOR")
def _(file: File) -> None:
    """Modulo 2^32 it is 16 bytes, which fit."""
    first = 12345677
    second = 4 * pow(first, -1, 2**30) % 2**30
    assert 4 * first * second % 2**32 == 16
    file.dims.records += [{"size": first}, {"size": second}]
    tensor(file, CONSTANT).update(dims=len(file.dims.records) - 2)


@edit("scalar_in_a_rowwise_model", "TENSOR")
def _(file: File) -> None:
    tensor(file, ARENA).update(rank=0)


# --- text, features, ports ---


field("text_beyond", "PORT", "strings", 0, text=10_000)
field("text_within_another", "PORT", "strings", 0, text=1)
edit("text_without_zero", "PORT")(lambda file: file.text.data.__setitem__(-1, 65))
edit("no_text", "PORT")(lambda file: file.remove("text"))
field("feature_kind", "PORT", "features", 0, kind=2)
field("feature_policy", "PORT", "features", 0, unknown=3)
field("feature_categories_beyond", "PORT", "features", 0, "categories", n_categories=1000)
field("feature_categories_wrap", "PORT", "features", 0, "categories", categories=0xFFFFFFFF, n_categories=2)
field("feature_numeric_with_categories", "PORT", "features", 0, n_categories=1)
field("port_flag", "PORT", "ports", 0, flags=9)
field("port_reserved", "PORT", "ports", 0, reserved=1)
field("port_role", "PORT", "ports", 1, role=2)
field("input_with_a_role", "PORT", "ports", 0, role=1)
field("label_of_floats", "PORT", "ports", 1, role=1)
field("port_to_no_tensor", "PORT", "ports", 0, tensor=1000)
field("features_beyond", "PORT", "ports", 0, features=1)
field("features_fewer_than_columns", "PORT", "ports", 0, n_features=2)
field("labels_beyond", "PORT", "ports", 1, n_labels=1000)
field("label_type", "PORT", "ports", 1, label_type=4)
field("squeezed_but_wide", "PORT", "ports", 1, flags=4)
field("nan_for_integers", "PORT", "ports", 1, "integers", flags=3)
field("nan_in_an_output", "PORT", "ports", 1, flags=2)
edit("input_behind_an_output", "PORT")(lambda file: file.ports.records.append(file.ports.records.pop(0)))
edit("no_input", "PORT")(lambda file: file.ports.records.pop(0))
edit("output_without_a_port", "PORT")(lambda file: file.ports.records.pop())
edit("one_tensor_two_ports", "PORT")(lambda file: file.ports.records.append(file.ports.records[-1]))


@edit("output_is_a_constant", "PORT")
def _(file: File) -> None:
    at = next(at for at, record in enumerate(file.tensors.records) if record["kind"] == CONSTANT)
    file.ports.records[1].update(tensor=at)


# --- nodes ---


def calls(name: str, status: str, base: str = "network") -> Callable[[Callable[[File, list[Call]], Any]], None]:
    """Register a change of the nodes."""

    def register(change: Callable[[File, list[Call]], Any]) -> None:
        @edit(name, status, base)
        def _(file: File) -> None:
            nodes = file.calls
            change(file, nodes)
            file.set_calls(nodes)

    return register


calls("operator_unknown", "OPERATOR")(lambda file, nodes: nodes[0].record.update(op=0xFFFF))
calls("operator_zero", "OPERATOR")(lambda file, nodes: nodes[0].record.update(op=0))
calls("variant_unknown", "DTYPE")(lambda file, nodes: nodes[0].record.update(variant=9))
calls("variant_of_another_dtype", "DTYPE")(lambda file, nodes: nodes[0].record.update(variant=1))
calls("node_reserved", "NODE")(lambda file, nodes: nodes[0].record.update(reserved=1))
calls("node_longer_than_the_file", "NODE")(lambda file, nodes: nodes[-1].record.update(params=0xFFFC))
calls("operand_missing", "NODE")(lambda file, nodes: (nodes[0].ids.pop(), nodes[0].record.update(operands=3)))
calls("operand_beyond", "NODE")(lambda file, nodes: nodes[0].ids.__setitem__(0, 1000))
calls("operand_absent", "NODE")(lambda file, nodes: nodes[0].ids.__setitem__(1, schema.ABSENT))
calls("output_absent", "NODE")(lambda file, nodes: nodes[0].ids.__setitem__(-1, schema.ABSENT))
calls("writes_a_constant", "NODE")(lambda file, nodes: nodes[0].ids.__setitem__(-1, nodes[0].ids[2]))
calls("writes_an_input", "NODE")(lambda file, nodes: nodes[0].ids.__setitem__(-1, nodes[0].ids[0]))
calls("constant_for_an_activation", "NODE")(lambda file, nodes: nodes[0].ids.__setitem__(0, nodes[0].ids[2]))
calls("weights_transposed", "SHAPE")(lambda file, nodes: nodes[0].ids.__setitem__(2, nodes[0].ids[1]))
calls("parameters_missing", "PARAM")(
    lambda file, nodes: (nodes[0].record.update(params=4), nodes[0].params.__delitem__(slice(4)))
)
calls("parameter_nan", "PARAM")(lambda file, nodes: nodes[0].params.__setitem__(slice(4), np.float32("nan").tobytes()))
calls("limits_swapped", "PARAM")(
    lambda file, nodes: nodes[0].params.extend(nodes[0].params[:4]) or nodes[0].params.__delitem__(slice(4))
)
calls("output_not_written", "PLAN")(lambda file, nodes: nodes.pop())
calls("reads_what_nothing_wrote", "PLAN")(lambda file, nodes: nodes.pop(0))
calls("reads_what_comes_later", "PLAN")(lambda file, nodes: nodes.insert(0, nodes.pop(1)))
calls("reads_its_own_output", "PLAN")(lambda file, nodes: nodes[1].ids.__setitem__(0, nodes[1].ids[1]))
edit("nodes_end_in_a_node", "NODE")(lambda file: file.nodes.data.__delitem__(slice(-4, None)))


@edit("weights_in_the_arena", "NODE")
def _(file: File) -> None:
    """The second layer's bias, which is a row like the activations."""
    file.plan.records[0].update(arena=64)
    tensor(file, CONSTANT).update(kind=ARENA, offset=48, rank=2, dims=file.tensors.records[0]["dims"])


@edit("padding_of_ids", "NODE", "linear")
def _(file: File) -> None:
    """Two operands of an odd number end in two bytes of padding."""
    call = file.calls[0]
    call.record.update(op=OPS["add"].code, operands=3, params=0)
    call.params.clear()
    file.nodes.data = bytearray(call.content())
    file.nodes.data[-1] = 1


@edit("weights_relabelled_int8", "DTYPE", "linear")
def _(file: File) -> None:
    """The bytes are there, and mean something else."""
    tensor(file, CONSTANT).update(dtype=INT8)


@edit("weights_relabelled_int32", "DTYPE", "linear")
def _(file: File) -> None:
    tensor(file, CONSTANT).update(dtype=INT32)


@edit("output_over_input", "PLAN", "distances_float32")
def _(file: File) -> None:
    """A node that may not run in place writes over the half of what it reads."""
    file.plan.records[0].update(arena=32)
    call = next(call for call in file.calls if call.record["op"] == OPS["argmin"].code)
    file.tensors.records[call.ids[0]].update(offset=0)
    file.tensors.records[call.ids[1]].update(kind=ARENA, offset=0)
    file.ports.records = [port for port in file.ports.records if port["tensor"] != call.ids[1]]
    for record in file.tensors.records:
        if record["kind"] == OUTPUT and record["offset"] > 7:
            record["offset"] -= 1


@edit("overwritten_before_it_is_read", "PLAN", "columns")
def _(file: File) -> None:
    """All activations at the same place of the arena."""
    for record in file.tensors.records:
        if record["kind"] == ARENA:
            record["offset"] = 0


@calls("reads_a_label", "PLAN", "network")
def _(file: File, nodes: list[Call]) -> None:
    """Callers may leave the label out."""
    cast = OPS["cast"]
    label = nodes[-1].ids[-1]
    file.tensors.records.append(dict(file.tensors.records[label], kind=ARENA, offset=0))
    record = dict(nodes[-1].record, op=cast.code, variant=cast.types.index("i>i"), operands=2, params=0)
    call = Call(schema.NODE.pack(**record) + bytes(4))
    call.ids = [label, len(file.tensors.records) - 1]
    nodes.append(call)


# --- what operators check ---


def constant(name: str, base: str, op: str, operand: int, change: Callable[[np.ndarray[Any, Any]], None]) -> None:
    """Register a change of the contents of a constant: operand ``operand`` of the first node of ``op``."""

    @edit(name, "CONSTANT", base)
    def _(file: File) -> None:
        call = next(call for call in file.calls if call.record["op"] == OPS[op].code)
        record = file.tensors.records[call.ids[operand]]
        shape = [file.dims.records[record["dims"] + axis]["size"] for axis in range(record["rank"])]
        dtype = schema.DTYPE_BY_CODE[record["dtype"]].name
        change(np.frombuffer(file.constants.data, dtype, int(np.prod(shape)), record["offset"]).reshape(shape))


def put(*index: int, value: float) -> Callable[[np.ndarray[Any, Any]], None]:
    return lambda array: array.__setitem__(index, value)


constant("column_beyond", "columns", "columns", 1, put(0, value=9))
constant("column_negative", "columns", "columns", 1, put(0, value=-1))
constant("factor_beyond", "columns", "polynomial", 1, put(0, 0, value=3))
constant("bins_descend", "columns", "bucketize", 1, put(1, value=3))
constant("offsets_descend", "categories", "one_hot", 1, put(1, value=-1))
constant("offsets_end_beyond", "categories", "lookup", 1, put(4, value=2**31 - 1))
constant("multiplier_infinite", "integers", "dense_int8", 3, put(0, value=float("inf")))
constant("sum_leaves_int32", "integers", "dense_int8", 2, put(0, value=-(2**31)))


CHILD, LEAF = 1, 1 << 15
constant("tree_with_a_cycle", "trees_float32", "trees", 1, put(0, CHILD, value=0))
constant("child_in_the_next_tree", "trees_float32", "trees", 1, put(1, CHILD, value=1))
constant("leaf_beyond", "trees_float32", "trees", 1, put(2, CHILD, value=LEAF + 3))
constant("test_beyond", "trees_float32", "trees", 1, put(0, 0, value=4))
constant("trees_in_disorder", "trees_float32", "trees", 2, put(1, 0, value=0))
constant("leaves_of_a_tree_beyond", "trees_float32", "trees", 2, put(1, 1, value=2**32 - 1))
constant("feature_beyond", "trees_float32", "trees", 3, put(1, value=3))
constant("runs_end_early", "trees_float32", "trees", 4, put(2, value=3))
constant("threshold_nan", "trees_float32", "trees", 5, put(0, value=float("nan")))
constant("set_beyond", "trees_float32", "trees", 5, put(3, value=3))
constant("set_longer_than_its_table", "trees_float32", "trees", 9, put(0, value=3))
constant("tree_of_no_output", "trees_wide", "trees", 8, put(0, value=2))


@edit("divisor_zero", "PARAM", "trees_float32")
def _(file: File) -> None:
    nodes = file.calls
    nodes[0].params[:8] = bytes(8)
    file.set_calls(nodes)


@edit("too_many_neighbours", "PARAM", "distances_float32")
def _(file: File) -> None:
    nodes = file.calls
    next(call for call in nodes if call.record["op"] == OPS["knn"].code).params[0] = 100
    file.set_calls(nodes)


def many_operands(count: int) -> bytes:
    """A file whose nodes have ``count`` operands (a multiple of 2) together."""
    graph = Graph()
    x = graph.input("x", 1)
    value = graph.add("relu", x)
    graph.output("y", value)
    file = File(encode(graph))
    call = file.calls[0]
    file.set_calls([call] * (count // len(call.ids)))
    return file.build()
