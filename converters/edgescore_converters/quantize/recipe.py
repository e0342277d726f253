"""A recipe says what to make smaller and how far, as data: presets by name, or JSON.

    {"name": "mine", "layers": [{"pattern": "output*", "bits": 32}, {"pattern": "dense", "bits": 8}],
     "ranges": ["minmax", "mse"], "leaf_bits": 16, "max_drop": 0.01}

It refuses unknown keys and widths that no operator stores, so that a typing error never converts losslessly in silence.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from typing import Any

from edgescore_converters.errors import ConvertError
from edgescore_converters.ir import Node

RANGES = ("minmax", "percentile", "mse")
LAYER_BITS = (8, 32)
LEAF_BITS = (8, 16)


@dataclass(frozen=True)
class Rule:
    """Bits of weights and activations (8, or 32 = left in float) for the nodes that ``pattern`` matches.

    pattern: shell pattern over the operator's name ("dense") or the name of the node's output.
    """

    pattern: str
    bits: int = 8

    def matches(self, node: Node) -> bool:
        """Whether the rule is for ``node``."""
        return any(fnmatchcase(name, self.pattern) for name in (node.op, node.outputs[0].name))


@dataclass(frozen=True)
class Recipe:
    """What a conversion may lose.

    layers: rules for layers, the first that matches counts, none = left in float. ranges: ways to choose the range of
    an activation, tried on the calibration rows. leaf_bits: 8 or 16, the narrowest leaves of trees; None = exact.
    max_drop: a step that costs more than this of its metric is refused; None = it is only reported.
    """

    name: str
    layers: tuple[Rule, ...] = ()
    ranges: tuple[str, ...] = RANGES
    leaf_bits: int | None = None
    max_drop: float | None = None

    def __post_init__(self) -> None:
        for rule in self.layers:
            if rule.bits not in LAYER_BITS:
                raise ConvertError(f"recipe {self.name}: layers take 8 or 32 bits, not {rule.bits!r}")
        if not self.ranges or not set(self.ranges) <= set(RANGES):
            raise ConvertError(f"recipe {self.name}: ranges are some of {', '.join(RANGES)}, not {list(self.ranges)}")
        if self.leaf_bits not in (None, *LEAF_BITS):
            raise ConvertError(f"recipe {self.name}: leaf_bits is 8, 16 or null, not {self.leaf_bits!r}")
        if self.max_drop is not None and not _is_share(self.max_drop):
            raise ConvertError(f"recipe {self.name}: max_drop is a share such as 0.01, not {self.max_drop!r}")

    @property
    def lossy(self) -> bool:
        """Whether it changes anything that a model computes."""
        return self.leaf_bits is not None or any(rule.bits < 32 for rule in self.layers)

    def bits(self, node: Node) -> int:
        """Bits for a layer."""
        return next((rule.bits for rule in self.layers if rule.matches(node)), 32)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it; ``from_dict`` reads it back."""
        plain = asdict(self)
        return plain | {"layers": list(plain["layers"]), "ranges": list(self.ranges)}

    @classmethod
    def from_dict(cls, data: Any) -> Recipe:
        """The recipe that ``data`` describes; raises ConvertError naming an unknown key or a value out of range."""
        given = _checked(data, cls, "a recipe")
        rules = given.get("layers", ())
        if not isinstance(rules, (list, tuple)):
            raise ConvertError('a recipe\'s layers are a list such as [{"pattern": "dense", "bits": 8}]')
        layers = tuple(Rule(**_checked(rule, Rule, "a rule for layers")) for rule in rules)
        ranges = given.get("ranges", RANGES)
        return cls(**given | {"layers": layers, "ranges": (ranges,) if isinstance(ranges, str) else tuple(ranges)})

    @classmethod
    def preset(cls, name: str) -> Recipe:
        """One of PRESETS; raises ConvertError with the list of them."""
        if name not in PRESETS:
            raise ConvertError(f"there is no recipe {name!r}; use {', '.join(PRESETS)}, or the path of a JSON file")
        return PRESETS[name]

    @classmethod
    def load(cls, text: str) -> Recipe:
        """A preset by name, or the recipe in a JSON file; raises ConvertError naming the file and what is wrong."""
        if text in PRESETS or not os.path.exists(text):
            return cls.preset(text)
        with open(text, encoding="utf-8") as file:
            try:
                return cls.from_dict(json.load(file))
            except (ValueError, ConvertError) as problem:
                raise ConvertError(f"{text}: {problem}") from None


def _is_share(value: Any) -> bool:
    return isinstance(value, (int, float)) and 0 <= value <= 1


def _checked(data: Any, cls: type[Any], what: str) -> dict[str, Any]:
    """``data`` as keyword arguments of the dataclass ``cls``."""
    known = [item.name for item in fields(cls)]
    required = known[0]
    if not isinstance(data, Mapping) or required not in data:
        raise ConvertError(f"{what} is an object with {required!r}, got {data!r}")
    unknown = sorted(set(data) - set(known))
    if unknown:
        raise ConvertError(f"{what} has no {', '.join(map(repr, unknown))}; it has {', '.join(known)}")
    return dict(data)


PRESETS = {
    "lossless": Recipe("lossless"),
    "int8": Recipe("int8", layers=(Rule("dense"),), leaf_bits=8),
}
