"""Sizes of inputs that the file leaves open: what is given for one input, or one sample, holds wherever a name recurs.

The first axis is that of the samples, and one is planned for. Other open sizes are never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from edgescore_converters.errors import ConvertError
from edgescore_converters.ir import Shape

Size = int | str | None  # a name, or None where the file says nothing
UNNAMED = ("", "?")  # what exporters write for a size without a name


def sizes(info: Any) -> list[Size] | None:
    """Sizes of an input as in the file; None for no shape at all."""
    if not info.type.tensor_type.HasField("shape"):
        return None
    return [_size(dim) for dim in info.type.tensor_type.shape.dim]


def _size(dim: Any) -> Size:
    if dim.HasField("dim_value") and dim.dim_value >= 0:
        return int(dim.dim_value)
    return None if dim.dim_param in UNNAMED else str(dim.dim_param)


def shapes(infos: Sequence[Any], given: Mapping[str, Sequence[int]], name: str) -> dict[str, Shape]:
    """The shape of each input. Raises ConvertError with what to give where sizes stay open, or what does not fit."""
    found = {info.name: sizes(info) for info in infos}
    known: dict[str, int] = {}  # by name of the size
    for info in infos:
        if info.name in given:
            wanted = [int(size) for size in given[info.name]]
            _check(name, info.name, found[info.name], wanted)
            known |= {size: want for size, want in zip(found[info.name] or [], wanted) if isinstance(size, str)}
            found[info.name] = list(wanted)
    for each in found.values():
        if each and not isinstance(each[0], int):
            known.setdefault(str(each[0]), 1)
            each[0] = known[str(each[0])]
    closed = {
        at: None if each is None else [known.get(size, size) if isinstance(size, str) else size for size in each]
        for at, each in found.items()
    }
    still = {at: each for at, each in closed.items() if each is None or not all(isinstance(size, int) for size in each)}
    if still:
        listed = ", ".join(f"{info.name} {sizes(info)}" for info in infos if info.name in still)
        raise ConvertError(
            f"{name} leaves sizes of {listed} open, and memory is planned for fixed ones; give them: {_remedy(still)}"
        )
    return {at: tuple(size for size in each or [] if isinstance(size, int)) for at, each in closed.items()}


def _check(name: str, at: str, found: Sequence[Size] | None, wanted: Sequence[int]) -> None:
    fits = found is None or (
        len(found) == len(wanted)
        and all(not isinstance(size, int) or size == want for size, want in zip(found, wanted))
    )
    if not fits:
        raise ConvertError(f"{name}: input {at} has the shape {found}, which {tuple(wanted)} does not fit")


def _remedy(still: Mapping[str, Sequence[Size] | None]) -> str:
    """The options to give; an input whose open names all stand in one before it needs none."""
    options, named = [], set()
    for at, each in still.items():
        if each is None:
            options.append(f"--shape {at}=1,...")
            continue
        fresh = [size for size in each if size is None or (isinstance(size, str) and size not in named)]
        named |= {size for size in each if isinstance(size, str)}
        if fresh:
            words = (str(size) if isinstance(size, int) else _word(size) for size in each)
            options.append(f"--shape {at}={','.join(words)}")
    return " ".join(options)


def _word(size: Size) -> str:
    return re.sub(r"\W+", "_", str(size)).strip("_").upper() or "SIZE" if isinstance(size, str) else "SIZE"
