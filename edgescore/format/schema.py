"""The one declaration of the .edsc format: every struct, dtype, section and enumeration.

The Python reader and the converter's writer use these objects; ``native/tools/gen.py`` emits C getters and SPEC.md's
tables from them. Nothing here checks a file: that is ``_reader.py`` and ``reader.c``.
"""

from __future__ import annotations

import struct

MAGIC = b"EDSC"
MAJOR, MINOR = 1, 0
ALIGNMENT = 16  # of sections, constants and arena tensors: in-place use by any vector unit, and execute-in-place flash
MAX_RANK = 6
MAX_BYTES = 1 << 30  # of a file, an arena or a tensor: sums of two such numbers cannot wrap a u32
MAX_RECORDS = 1 << 20  # in one section, and in all lists of labels and categories together: bounds what a reader builds
MAX_OPERANDS = 1 << 14  # of all nodes together: bounds the quadratic check that every read has a writer
ABSENT = 0xFFFF  # tensor id of an optional operand that is not there


CODES = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "i32": "i", "i64": "q", "f32": "f", "f64": "d", "4s": "4s"}


class Struct:
    """A fixed little-endian record: ``fields`` are (name, type, doc), type one of u8 u16 u32 i32 f32 f64 or 4s."""

    def __init__(self, name: str, *fields: tuple[str, str, str]):
        self.name = name
        self.fields = fields
        self.names = tuple(name for name, _, _ in fields)
        self._struct = struct.Struct("<" + "".join(CODES[kind] for _, kind, _ in fields))
        self.size = self._struct.size

    def pack(self, **values: object) -> bytes:
        """Bytes of one record; every field must be named."""
        if set(values) != set(self.names):
            raise TypeError(f"{self.name} takes {self.names}, got {sorted(values)}")
        return self._struct.pack(*(values[name] for name in self.names))

    def unpack(self, data: bytes | memoryview, offset: int = 0) -> dict[str, int]:
        """One record at ``offset`` as a dict (floats are typed int here for brevity of callers that index)."""
        return dict(zip(self.names, self._struct.unpack_from(data, offset)))

    def unpack_all(self, data: bytes | memoryview) -> list[dict[str, int]]:
        """The records that ``data`` consists of."""
        return [dict(zip(self.names, values)) for values in self._struct.iter_unpack(data)]

    def offsets(self) -> list[tuple[str, str, int]]:
        """(name, type, byte offset) of every field."""
        out, at = [], 0
        for name, kind, _ in self.fields:
            out.append((name, kind, at))
            at += struct.calcsize("<" + CODES[kind])
        return out


class DType:
    """An element type: its number in files, numpy-style name, one-letter code used in operator ``types``, bytes."""

    def __init__(self, code: int, name: str, letter: str, size: int):
        self.code, self.name, self.letter, self.size = code, name, letter, size


DTYPES = (
    DType(1, "float32", "f", 4),
    DType(2, "float64", "d", 8),
    DType(3, "int8", "b", 1),
    DType(4, "uint8", "B", 1),
    DType(5, "int16", "h", 2),
    DType(6, "uint16", "H", 2),
    DType(7, "int32", "i", 4),
    DType(8, "uint32", "I", 4),
    DType(9, "int64", "l", 8),
    DType(10, "bool", "o", 1),
)
DTYPE_BY_CODE = {dtype.code: dtype for dtype in DTYPES}
DTYPE_BY_NAME = {dtype.name: dtype for dtype in DTYPES}
DTYPE_BY_LETTER = {dtype.letter: dtype for dtype in DTYPES}

# Enumerations: name -> number. Numbers are never reused.
KIND = {"constant": 0, "arena": 1, "input": 2, "output": 3, "state": 4}  # where a tensor lives
ROLE = {"score": 0, "label": 1}  # what an output is: values for score(), or the class index for predict()
VALUE = {"str": 0, "int": 1, "float": 2, "bool": 3}  # how the text of a label or category is read back
UNKNOWN = {"error": 0, "slot": 1, "missing": 2}  # an unseen category: refused, coded -1 (all slots zero), coded NaN
FEATURE = {"numeric": 0, "categorical": 1}
VIOLATION = {"warn": 0, "raise": 1, "fallback": 2, "callback": 3}

PORT_INPUT, PORT_NAN, PORT_SQUEEZE = 1, 2, 4  # Port.flags
FEATURE_NAN = 1  # Feature.flags
PLAN_ROWWISE = 1  # Plan.flags
MUST_UNDERSTAND = 1  # Section.flags

HEADER = Struct(
    "header",
    ("magic", "4s", "EDSC"),
    ("major", "u8", "readers refuse another major version"),
    ("minor", "u8", "readers refuse a later minor version; the writer stamps the lowest that suffices"),
    ("sections", "u16", "entries in the section table that follows"),
    ("size", "u32", "bytes of the whole file, checksum included"),
    ("reserved", "u32", "zero"),
)
SECTION = Struct(
    "section",
    ("id", "u16", "ascending, each at most once"),
    ("flags", "u16", "bit 0: a reader that does not know the id must refuse the file; others zero"),
    ("offset", "u32", "from the start of the file, multiple of 16, no holes but zero padding"),
    ("size", "u32", "bytes without padding"),
)
PORT = Struct(
    "port",
    ("tensor", "u16", "the tensor the caller provides (input) or receives (output)"),
    (
        "flags",
        "u8",
        "bit 0: input; bit 1: NaN has a route (float input); bit 2: the last dimension, 1, is not shown",
    ),
    ("role", "u8", "outputs: ROLE (a label is one int32 a row); inputs: 0"),
    ("name", "u32", "text offset: 0, or just behind a zero"),
    ("features", "u32", "first feature record (input)"),
    ("n_features", "u32", "0 or the input's last dimension"),
    ("labels", "u32", "first string of the class labels (output)"),
    ("n_labels", "u32", "0 where there are none"),
    ("label_type", "u8", "VALUE"),
    ("pad", "u8", "zero"),
    ("reserved", "u16", "zero"),
)
TENSOR = Struct(
    "tensor",
    ("dtype", "u8", "DTYPES"),
    ("rank", "u8", "at most 6"),
    ("kind", "u8", "KIND"),
    ("flags", "u8", "zero"),
    ("offset", "u32", "bytes into constants, arena or state; or the index of the input or output"),
    ("dims", "u32", "index of the first dimension in the dims section"),
    ("quant", "u16", "0, or 1 + index of the quantization record"),
    ("reserved", "u16", "zero"),
)
DIM = Struct("dim", ("size", "u32", "at least 1; the row dimension of a row-wise model is 1"))
QUANT = Struct("quant", ("scale", "f32", "real = scale * (q - zero_point)"), ("zero_point", "i32", ""))
NODE = Struct(
    "node",
    ("op", "u16", "operator number"),
    ("variant", "u8", "index in the operator's dtype variants"),
    ("operands", "u8", "number of u16 tensor ids that follow (inputs, then outputs), padded to 4 bytes"),
    ("params", "u16", "bytes of packed parameters after the ids, multiple of 4"),
    ("reserved", "u16", "zero"),
)
PLAN = Struct(
    "plan",
    ("arena", "u32", "bytes of scratch memory per row"),
    ("state", "u32", "bytes kept from one prediction to the next; 0 in a row-wise model"),
    ("flags", "u32", "bit 0: every operator is row-wise, so blocks of rows go through together"),
)
FEATURE_RECORD = Struct(
    "feature",
    ("name", "u32", "text offset"),
    ("kind", "u8", "FEATURE"),
    ("unknown", "u8", "UNKNOWN"),
    ("category_type", "u8", "VALUE"),
    ("flags", "u8", "bit 0: NaN has a route from this column, though not from all columns of the input"),
    ("categories", "u32", "first string of the categories; the code of a category is its position"),
    ("n_categories", "u32", "0 for a numeric column"),
)
STRING = Struct("string", ("text", "u32", "text offset"))
BUDGET = Struct(
    "budget",
    ("flash", "u32", "bytes, 0 = no limit (so for every limit)"),
    ("ram", "u32", "bytes of arena and state"),
    ("p50_ns", "u64", ""),
    ("p99_ns", "u64", ""),
    ("max_ns", "u64", ""),
    ("accuracy_drop", "f64", "negative = no limit; not NaN"),
    ("on_violation", "u32", "VIOLATION"),
    ("reserved", "u32", "zero"),
)


class SectionKind:
    """A section: its id, name, record (None = plain bytes) and whether every file has it."""

    def __init__(
        self, number: int, name: str, record: Struct | None, required: bool, doc: str, *, must_understand: bool = False
    ):
        self.id, self.name, self.record, self.required, self.doc = number, name, record, required, doc
        self.must_understand = required or must_understand


SECTIONS = (
    SectionKind(1, "ports", PORT, True, "inputs, then outputs, in the order of the source"),
    SectionKind(2, "tensors", TENSOR, True, "every value of the graph"),
    SectionKind(3, "dims", DIM, False, "dimensions that tensors point into"),
    SectionKind(4, "quants", QUANT, False, "per-tensor quantization at the boundary"),
    SectionKind(5, "nodes", None, True, "the operators in execution order"),
    SectionKind(6, "constants", None, False, "weights and tables, used in place"),
    SectionKind(7, "plan", PLAN, True, "one record: memory the model needs"),
    SectionKind(8, "features", FEATURE_RECORD, False, "columns of tabular inputs"),
    SectionKind(9, "strings", STRING, False, "class labels and categories"),
    SectionKind(10, "text", None, False, "zero-terminated UTF-8"),
    SectionKind(11, "budget", BUDGET, False, "at most one record"),
    SectionKind(12, "metadata", None, False, "JSON: source, converter, recipe, verification"),
    SectionKind(13, "signature", None, False, "reserved"),
    SectionKind(14, "initial_state", None, False, "what the state starts as; without it, zeros", must_understand=True),
    SectionKind(15, "early_exit", None, False, "how far the rest of the trees can move each sum: predict() may stop"),
)
SECTION_BY_NAME = {section.name: section for section in SECTIONS}


def align(offset: int) -> int:
    """``offset`` rounded up to the format's alignment."""
    return -(-offset // ALIGNMENT) * ALIGNMENT
