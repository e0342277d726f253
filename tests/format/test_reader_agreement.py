"""Both readers give one verdict: on every truncation, on every bit flip of small files, on samples of larger ones."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from edgescore.format import schema
from edgescore_converters.writer import seal
from tests.format.good_models import MODELS
from tests.format.parts import reseal
from tests.format.readers import HAS_C, CReader, python_status

GOOD = sorted((Path(__file__).parent / "golden" / "good").glob("*.edsc"))
SMALL = ("linear", "pictures", "running_sum", "numbers", "unknown_section")  # each below 520 bytes
FLIPS = 400  # of the files that are not small

pytestmark = pytest.mark.skipif(not HAS_C, reason="EDGESCORE_BACKEND=numpy asks for tests without the C reader")


def differences(reader: CReader, variants: dict[str, bytes]) -> dict[str, tuple[int, int]]:
    """(C status, Python status) of the variants on which they differ."""
    verdicts = {name: (reader.status(data), python_status(data)) for name, data in variants.items()}
    return {name: pair for name, pair in verdicts.items() if pair[0] != pair[1]}


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return reseal(changed)


def shortened(data: bytes, size: int) -> bytes:
    """The first ``size`` bytes as a file that says so and has the right checksum."""
    body = bytearray(data[: size - 4])
    at = next(offset for name, _, offset in schema.HEADER.offsets() if name == "size")
    body[at : at + 4] = size.to_bytes(4, "little")
    return seal(bytes(body))


@pytest.fixture(scope="module")
def reader() -> CReader:
    return CReader()


@pytest.mark.parametrize("name", SMALL)
def test_every_bit_flip(reader: CReader, name: str) -> None:
    data = MODELS[name]()[0]
    assert not differences(reader, {f"bit {bit}": flipped(data, bit) for bit in range(8 * (len(data) - 4))})


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_some_bit_flips_and_words(reader: CReader, path: Path) -> None:
    """Flips leave a number near what it was, so some words are replaced by the numbers that limits are made of."""
    data, chance = path.read_bytes(), random.Random(path.stem)
    bits = chance.sample(range(8 * (len(data) - 4)), FLIPS)
    variants = {f"bit {bit}": flipped(data, bit) for bit in bits}
    for at in chance.sample(range(schema.HEADER.size, len(data) - 8, 2), FLIPS // 4):
        word = chance.choice([0, 1, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF])
        changed = data[:at] + word.to_bytes(4, "little") + data[at + 4 :]
        variants[f"{word:#x} at {at}"] = reseal(changed)
    assert not differences(reader, variants)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_every_truncation(reader: CReader, path: Path) -> None:
    data = path.read_bytes()
    cut = {f"{size} bytes": data[:size] for size in range(len(data))}
    resealed = {f"{size} bytes, resealed": shortened(data, size) for size in range(schema.HEADER.size + 4, len(data))}
    assert not differences(reader, cut | resealed)
    assert all(python_status(variant) for variant in cut.values())


def test_the_flips_matter(reader: CReader) -> None:
    """Guards the tests above: resealed flips get past the checksum, into most checks, and some are even valid."""
    data = MODELS["linear"]()[0]
    seen = {reader.status(flipped(data, bit)) for bit in range(8 * (len(data) - 4))}
    assert -4 not in seen
    assert len(seen) > 10
    assert 0 in seen
