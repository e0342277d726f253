"""Compiles the tree ensembles with the peers that make native code; minutes, once, in ``build/bench``.

``python -m benchmarks.tree_peers`` in the peers' environment (`make peers`): lleaves needs an llvmlite that nothing
else wants, so they have one of their own. It trains nothing but the forest, anew, as a pickle would tie both
environments to one scikit-learn.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import models
from benchmarks.tree_models import DIGITS, SYNTHETIC, TEXT, TREES, once


def main() -> None:
    """Compile what is not there yet."""
    for name, block in (("lleaves", None), ("lleaves_one_block", TREES)):
        cache, library = SYNTHETIC / f"{name}.o", SYNTHETIC / f"{name}.so"
        if not library.exists():
            print(f"Compiling {library.name} (half a minute; one block: minutes)", flush=True)
            once(cache, lambda path, block=block: lleaves_model(path, block))  # type: ignore[misc]
            once(library, lambda path, cache=cache: _gcc(path, str(cache)))  # type: ignore[misc]
    _tl2cgen(SYNTHETIC, lambda treelite: treelite.frontend.load_lightgbm_model(str(TEXT)))
    _tl2cgen(DIGITS, lambda treelite: treelite.sklearn.import_model(models.forest()))
    for bits in (0, 8):
        once(DIGITS / f"emlearn_{bits}_bit_leaves.so", lambda path, bits=bits: _emlearn(path, bits))  # type: ignore[misc]


def lleaves_model(cache: Path, block: int | None = None) -> Any:
    """lleaves with the synthetic model, compiled in blocks of ``block`` trees (None: its own), or from ``cache``."""
    import lleaves  # type: ignore[import-not-found, unused-ignore]

    model = lleaves.Model(model_file=str(TEXT))
    model.compile(cache=cache, **({} if block is None else {"fblocksize": block}))
    return model


def _tl2cgen(folder: Path, load: Any) -> None:
    """Plain and quantized."""
    import tl2cgen  # type: ignore[import-not-found, unused-ignore]
    import treelite

    for quantize in (0, 1):
        library = folder / f"tl2cgen_q{quantize}.so"
        if not library.exists():
            print(f"Compiling {folder.name}/{library.name} (a minute or two)", flush=True)
            params = {"quantize": quantize, "parallel_comp": 8}
            model = load(treelite)
            once(
                library,
                lambda path, model=model, params=params: tl2cgen.export_lib(  # type: ignore[misc]
                    model, toolchain="gcc", libpath=str(path), params=params
                ),
            )


def _emlearn(path: Path, bits: int) -> None:
    """The forest inline in int16, its default; ``bits`` 0 lets the trees vote (its default), 8 adds probabilities."""
    import emlearn  # type: ignore[import-not-found, unused-ignore]

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "rf.c"
        emlearn.convert(models.forest(), method="inline", dtype="int16_t", leaf_bits=bits).save(file=source, name="rf")
        _gcc(path, str(source), "-I", emlearn.includedir)


def _gcc(path: Path, *arguments: str) -> None:
    subprocess.run(["gcc", "-O3", "-shared", "-fPIC", "-o", str(path), *arguments, "-lm"], check=True)


if __name__ == "__main__":
    main()
