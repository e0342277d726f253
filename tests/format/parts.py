"""Takes a model file apart into records and puts it together again with errors in it: how the bad files are made.

Knows the layout and the records, checks nothing and keeps the checksum right: nothing is wrong but what was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable

from edgescore.format import schema
from edgescore_converters.writer import seal

BY_ID = {section.id: section for section in schema.SECTIONS}


class Part:
    """A section as it will stand in the file: ``records`` as dicts where it has records, else ``data``."""

    def __init__(self, number: int, flags: int, data: bytes):
        self.id, self.flags, self.data = number, flags, bytearray(data)
        self.record = BY_ID[number].record if number in BY_ID else None
        self.records = (
            [self.record.unpack(data, at) for at in range(0, len(data), self.record.size)] if self.record else []
        )

    def content(self) -> bytes:
        return b"".join(self.record.pack(**record) for record in self.records) if self.record else bytes(self.data)


class Call:
    """A node: its record, tensor ids and parameter bytes."""

    def __init__(self, data: bytes):
        self.record = schema.NODE.unpack(data)
        count = self.record["operands"]
        at = schema.NODE.size + (2 * count + 3) // 4 * 4
        self.ids = [int.from_bytes(data[i : i + 2], "little") for i in range(8, 8 + 2 * count, 2)]
        self.params = bytearray(data[at : at + self.record["params"]])
        self.size = at + self.record["params"]

    def content(self) -> bytes:
        ids = b"".join(number.to_bytes(2, "little") for number in self.ids)
        return schema.NODE.pack(**self.record) + ids + bytes(-len(ids) % 4) + bytes(self.params)


class File:
    """A file taken apart. Attributes are sections by name (``file.tensors.records[0]["dtype"] = 99``)."""

    def __init__(self, data: bytes):
        self.header = schema.HEADER.unpack(data)
        self.parts: list[Part] = []
        for index in range(self.header["sections"]):
            entry = schema.SECTION.unpack(data, schema.HEADER.size + index * schema.SECTION.size)
            content = data[entry["offset"] : entry["offset"] + entry["size"]]
            self.parts.append(Part(entry["id"], entry["flags"], content))

    def __getattr__(self, name: str) -> Part:
        number = schema.SECTION_BY_NAME[name].id
        for part in self.parts:
            if part.id == number:
                return part
        part = Part(number, 0, b"")
        self.parts = sorted([*self.parts, part], key=lambda part: part.id)
        return part

    @property
    def calls(self) -> list[Call]:
        """The nodes; give a changed list to ``set_calls``."""
        data, at, calls = bytes(self.nodes.data), 0, []
        while at < len(data):
            calls.append(Call(data[at:]))
            at += calls[-1].size
        return calls

    def set_calls(self, calls: Iterable[Call]) -> None:
        self.nodes.data = bytearray(b"".join(call.content() for call in calls))

    def remove(self, name: str) -> None:
        self.parts = [part for part in self.parts if part.id != schema.SECTION_BY_NAME[name].id]

    def body(self) -> bytearray:
        """The whole file but for the checksum."""
        at = schema.HEADER.size + len(self.parts) * schema.SECTION.size
        table, content = b"", b""
        for part in self.parts:
            content += bytes(-(at + len(content)) % schema.ALIGNMENT)
            data = part.content()
            table += schema.SECTION.pack(id=part.id, flags=part.flags, offset=at + len(content), size=len(data))
            content += data
        content += bytes(-(at + len(content)) % schema.ALIGNMENT)
        header = self.header | {"sections": len(self.parts), "size": at + len(content) + 4}
        return bytearray(schema.HEADER.pack(**header) + table + content)

    def build(self) -> bytes:
        """The file, sealed."""
        return seal(bytes(self.body()))


def reseal(data: bytes | bytearray) -> bytes:
    """``data`` with its last four bytes replaced by the right checksum."""
    return seal(bytes(data[:-4]))
