"""Recipes are data: presets, JSON, and no misspelt word that converts losslessly in silence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edgescore_converters.errors import ConvertError
from edgescore_converters.quantize import PRESETS, Recipe, Rule


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_survives_json(name: str) -> None:
    recipe = Recipe.preset(name)

    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe
    assert Recipe.load(name) is recipe
    assert recipe.lossy == (name != "lossless")


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "recipe.json"
    path.write_text(
        '{"name": "mine", "layers": [{"pattern": "dense"}], "ranges": "mse", "leaf_bits": 16, "max_drop": 0.01}'
    )

    assert Recipe.load(str(path)) == Recipe("mine", (Rule("dense", 8),), ("mse",), 16, 0.01)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"layers": []}, "an object with 'name'"),
        ([], "an object with 'name'"),
        ({"name": "x", "leafbits": 8}, "no 'leafbits'; it has name, layers"),
        ({"name": "x", "leaf_bits": 4}, "leaf_bits is 8, 16 or null, not 4"),
        ({"name": "x", "layers": [{"pattern": "dense", "bits": 4}]}, "8 or 32 bits, not 4"),
        ({"name": "x", "layers": [{"bits": 8}]}, "a rule for layers is an object with 'pattern'"),
        ({"name": "x", "layers": {"pattern": "dense"}}, "layers are a list"),
        ({"name": "x", "ranges": ["max"]}, "some of minmax, percentile, mse"),
        ({"name": "x", "ranges": []}, "some of minmax, percentile, mse"),
        ({"name": "x", "max_drop": "1 %"}, "a share such as 0.01"),
        ({"name": "x", "max_drop": -1}, "a share such as 0.01"),
    ],
)
def test_what_is_wrong_is_named(data: Any, text: str, tmp_path: Path) -> None:
    with pytest.raises(ConvertError, match=text):
        Recipe.from_dict(data)
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps(data))
    with pytest.raises(ConvertError, match=r"recipe\.json"):
        Recipe.load(str(path))


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConvertError, match="no recipe 'int4'; use lossless, int8, or the path"):
        Recipe.load("int4")
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    with pytest.raises(ConvertError, match=r"broken\.json"):
        Recipe.load(str(broken))
