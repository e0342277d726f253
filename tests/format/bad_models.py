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
ARENA, CONSTANT, OUTPUT, STATE = (schema.KIND[name] for name in ("arena", "constant", "output", "state"))
INT8, INT32 = (schema.DTYPE_BY_NAME[name].code for name in ("int8", "int32"))


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


def byte(name: str, status: str, at: int, change: Callable[[int], int], seal: bool = True) -> None:
    """Register a change of the byte at ``at``."""

    @raw(name, status, seal=seal)
    def _(data: bytearray) -> None:
        data[at] = change(data[at])


raw("empty", "TRUNCATED", seal=False)(lambda data: b"")
raw("only_a_magic", "TRUNCATED", seal=False)(lambda data: data[:4])
raw("half", "TRUNCATED", seal=False)(lambda data: data[: len(data) // 2])
raw("last_byte_missing", "TRUNCATED", seal=False)(lambda data: data[:-1])
raw("foreign_magic", "MAGIC")(lambda data: b"PK\3\4" + data[4:])
raw("bytes_behind", "LAYOUT", seal=False)(lambda data: data + bytes(16))
raw("more_sections_than_bytes", "LAYOUT")(lambda data: data[:6] + b"\xff\xff" + data[8:])
byte("newer_major", "VERSION", 4, lambda major: major + 1)
byte("older_major", "VERSION", 4, lambda major: major - 1)
byte("newer_minor", "VERSION", 5, lambda minor: minor + 1)
byte("one_section_less", "LAYOUT", 6, lambda sections: sections - 1)
byte("header_reserved", "LAYOUT", 12, lambda reserved: 1)
byte("one_bit_flipped", "CHECKSUM", 200, lambda value: value ^ 8, seal=False)
byte("wrong_checksum", "CHECKSUM", -1, lambda value: value ^ 1, seal=False)


def entry(name: str, member: str, change: Callable[[int], int]) -> None:
    """Register a change of one member of the second entry of the section table."""
    offset = next(offset for other, _, offset in schema.SECTION.offsets() if other == member)
    size = 2 if member in ("id", "flags") else 4
    start = schema.HEADER.size + schema.SECTION.size + offset

    @raw(name, "LAYOUT")
    def _(data: bytearray) -> None:
        now = int.from_bytes(data[start : start + size], "little")
        data[start : start + size] = change(now).to_bytes(size, "little")


entry("hole", "offset", lambda offset: offset + 16)
entry("overlap", "offset", lambda offset: offset - 16)
entry("misaligned_section", "offset", lambda offset: offset + 4)
entry("offset_wraps", "offset", lambda offset: 0xFFFFFFF0)
entry("size_wraps", "size", lambda size: 0xFFFFFFF0)
entry("part_of_a_record", "size", lambda size: size - 4)
entry("section_out_of_order", "id", lambda number: 9)
entry("section_twice", "id", lambda number: 1)
entry("unknown_flag_of_a_section", "flags", lambda flags: 2)


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


@raw("nonzero_padding", "LAYOUT")
def _(data: bytearray) -> None:
    table = [schema.SECTION.unpack(data, schema.HEADER.size + i * schema.SECTION.size) for i in range(data[6])]
    ends = [section["offset"] + section["size"] for section in table]
    data[next(end for end in ends if end % schema.ALIGNMENT)] = 1


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


edit("initial_state_too_short", "PLAN", "numbers")(lambda file: file.initial_state.data.__delitem__(slice(-16, None)))
edit("initial_state_too_long", "PLAN", "numbers")(lambda file: file.initial_state.data.extend(bytes(16)))
edit("initial_state_without_state", "PLAN", "linear")(lambda file: file.initial_state.data.extend(bytes(16)))
edit("state_beyond", "TENSOR", "numbers")(lambda file: tensor(file, STATE).update(offset=32))
edit("state_unaligned", "TENSOR", "numbers")(lambda file: tensor(file, STATE).update(offset=4))


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
field("squeezed_number", "PORT", "ports", 0, "numbers", flags=7)
field("features_of_a_number", "PORT", "ports", 0, "numbers", n_features=1)
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


def node(name: str, status: str, **record: int) -> None:
    """Register other values in the record of the first node."""
    calls(name, status)(lambda file, nodes: nodes[0].record.update(record))


def operand(name: str, status: str, index: int, choose: Callable[[list[int]], int]) -> None:
    """Register another tensor id for an operand of the first node, chosen from the ids it has."""

    @calls(name, status)
    def _(file: File, nodes: list[Call]) -> None:
        nodes[0].ids[index] = choose(nodes[0].ids)


def parameters(name: str, status: str, change: Callable[[bytes], bytes], base: str = "network") -> None:
    """Register other parameter bytes of the first node: of dense two float32, lo and hi."""

    @calls(name, status, base)
    def _(file: File, nodes: list[Call]) -> None:
        nodes[0].params = bytearray(change(bytes(nodes[0].params)))
        nodes[0].record["params"] = len(nodes[0].params)


node("operator_unknown", "OPERATOR", op=0xFFFF)
node("operator_zero", "OPERATOR", op=0)
node("variant_unknown", "DTYPE", variant=9)
node("variant_of_another_dtype", "DTYPE", variant=1)
node("node_reserved", "NODE", reserved=1)
node("node_longer_than_the_file", "NODE", params=0xFFFC)
node("operand_missing", "NODE", operands=3)
node("operand_too_many", "NODE", operands=5)
operand("operand_beyond", "NODE", 0, lambda ids: 1000)
operand("operand_absent", "NODE", 1, lambda ids: schema.ABSENT)
operand("output_absent", "NODE", -1, lambda ids: schema.ABSENT)
operand("writes_a_constant", "NODE", -1, lambda ids: ids[2])
operand("writes_an_input", "NODE", -1, lambda ids: ids[0])
operand("constant_for_an_activation", "NODE", 0, lambda ids: ids[2])
operand("weights_for_a_bias", "SHAPE", 2, lambda ids: ids[1])
parameters("parameters_missing", "PARAM", lambda params: params[:4])
parameters("parameter_nan", "PARAM", lambda params: np.float32("nan").tobytes() + params[4:])
parameters("limits_swapped", "PARAM", lambda params: params[4:] + params[:4])
calls("output_not_written", "PLAN")(lambda file, nodes: nodes.pop())
calls("reads_what_nothing_wrote", "PLAN")(lambda file, nodes: nodes.pop(0))
calls("reads_what_comes_later", "PLAN")(lambda file, nodes: nodes.insert(0, nodes.pop(1)))


@calls("reads_its_own_output", "PLAN")
def _(file: File, nodes: list[Call]) -> None:
    nodes[1].ids[0] = nodes[1].ids[1]


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


@edit("rows_meet_in_a_rowwise_model", "PLAN", "numbers")
def _(file: File) -> None:
    """The shapes are those of rows, but the operator works on whole tensors."""
    graph = Graph()
    graph.output("y", graph.add("tile", graph.input("x", 2), shape=(1, 4)))
    other = File(encode(graph))
    other.plan.records[0].update(flags=schema.PLAN_ROWWISE)
    file.header, file.parts = other.header, other.parts


def assignment(name: str, status: str, dtype: str = "float32", sizes: tuple[int, ...] = ()) -> None:
    """Register another dtype and shape of the state that the only ``copy`` of a file writes."""

    @calls(name, status, "numbers")
    def _(file: File, nodes: list[Call]) -> None:
        call = next(call for call in nodes if call.record["op"] == OPS["copy"].code)
        file.plan.records[0].update(state=64)
        file.remove("initial_state")
        target = dict(file.tensors.records[call.ids[1]], dims=len(file.dims.records), rank=len(sizes), offset=48)
        target["dtype"] = schema.DTYPE_BY_NAME[dtype].code
        file.dims.records += [{"size": size} for size in sizes]
        file.tensors.records.append(target)
        call.ids[1] = len(file.tensors.records) - 1


assignment("assigned_to_a_state_of_another_shape", "SHAPE", sizes=(2,))
assignment("assigned_to_a_state_of_another_rank", "SHAPE", sizes=(1,))
assignment("assigned_to_a_state_of_another_dtype", "DTYPE", dtype="int32")


# --- views ---


def moved(name: str, status: str, op: str, operand: int, distance: int, base: str = "views", at: int = -1) -> None:
    """Register another place of an operand of the last node of ``op``, or of the one at ``at``."""

    @calls(name, status, base)
    def _(file: File, nodes: list[Call]) -> None:
        call = [call for call in nodes if call.record["op"] == OPS[op].code][at]
        record = file.tensors.records[call.ids[operand]]
        record.update(offset=record["offset"] + distance)
        file.plan.records[0].update(arena=256)


moved("slice_out_of_its_place", "PLAN", "slice", 3, 4)
moved("part_out_of_its_place", "PLAN", "concat", 1, -4, at=0)
moved("reshape_out_of_its_place", "PLAN", "reshape", 1, 4)
moved("written_over_what_a_slice_shows", "PLAN", "sign", 1, 12)
moved("activation_unaligned", "TENSOR", "reshape", 1, 2)
moved("part_in_its_place_in_blocks_of_rows", "PLAN", "concat", 1, -52, "columns")


@calls("slice_that_turns_in_its_place", "PLAN", "views")
def _(file: File, nodes: list[Call]) -> None:
    """Rows 2 and 1 of the input, to where rows 1 and 2 are."""
    call = [call for call in nodes if call.record["op"] == OPS["slice"].code][-1]
    for operand, numbers in ((1, [2, 0]), (2, [-1, 1])):
        file.constants.data += bytes(-len(file.constants.data) % schema.ALIGNMENT)
        record = dict(file.tensors.records[call.ids[operand]], offset=len(file.constants.data))
        file.constants.data += np.array(numbers, "<i4").tobytes()
        call.ids[operand] = len(file.tensors.records)
        file.tensors.records.append(record)


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
constant("no_leaf_on_the_left", "trees_counted", "trees", 1, put(0, 0, value=0))
constant("no_leaf_on_the_right", "trees_counted", "trees", 1, put(0, 0, value=3))
constant("subtree_in_the_next_tree", "trees_counted", "trees", 1, put(1, 0, value=2 << 14 | 2))
constant("test_of_a_count_beyond", "trees_counted_wide", "trees", 4, put(2, value=3))
constant("leaves_by_count_beyond", "trees_counted_wide", "trees", 2, put(1, 1, value=4))


parameters("divisor_zero", "PARAM", lambda params: bytes(8) + params[8:], "trees_float32")


@calls("too_many_neighbours", "PARAM", "distances_float32")
def _(file: File, nodes: list[Call]) -> None:
    next(call for call in nodes if call.record["op"] == OPS["knn"].code).params[0] = 100


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
