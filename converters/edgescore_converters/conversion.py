"""convert(): source -> passes -> prune -> quantize -> plan -> write -> verify -> budget -> report.

The order of the steps, what is refused and what is written is decided here; every step is a module of its own. A
lossless conversion uses the narrowest arithmetic and rows that agree with the source: float32 first, float64 where a
row disagrees or where no rows say what the inputs are like.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

import edgescore
from edgescore._budget import Budget
from edgescore_converters import passes
from edgescore_converters.cost import worst_visits
from edgescore_converters.delivery import budget_lines, deliver
from edgescore_converters.ensembles import ensembles, replace_ensembles
from edgescore_converters.errors import ConvertError, VerificationFailed
from edgescore_converters.importers import Imported, Network, import_model
from edgescore_converters.input_dtype import choose, sums_of_unknown_size, widen_rows
from edgescore_converters.integer_rows import check_rows
from edgescore_converters.ir import Array, Graph
from edgescore_converters.network import convert_network
from edgescore_converters.passes import narrow_floats, widen_floats
from edgescore_converters.prune import prune as prune_graph
from edgescore_converters.quantize import Recipe, quantize
from edgescore_converters.report import Conversion
from edgescore_converters.saturation import probability_error
from edgescore_converters.steps import StepReport
from edgescore_converters.tree_form import choose_tree_form
from edgescore_converters.verify import Verification, inputs_of, verify
from edgescore_converters.verify_rows import row_groups
from edgescore_converters.writer import encode

# (arithmetic, whether rows are widened to float64), in the order they are tried.
PRECISIONS = (("float32", False), ("float64", False), ("float64", True))
HEADROOM = 0.5  # share of the tolerance that narrowing may use up: the rows to come are not those it was measured on


def convert(
    source: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    calibrate: Any = None,
    target: Any = None,
    labels: Sequence[Any] | None = None,
    recipe: str | Recipe = "lossless",
    prune: float | None = None,
    max_accuracy_drop: float | None = None,
    budget: Any = None,
    input_dtype: str = "auto",
    shapes: Mapping[str, Sequence[int]] | None = None,
    consts: Mapping[str, Any] | None = None,
    states: Mapping[str, str] | None = None,
    outputs: Sequence[str] | None = None,
    pool: Any = None,
    trees: str = "auto",
    trust_pickle: bool = False,
    force: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Conversion:
    """Convert a trained model, verify it against its framework, and write it to ``path`` when given.

    source: a live object (scikit-learn estimator or pipeline, XGBoost or LightGBM model, ONNX ModelProto), the path of
    a model file, or what ``import_model`` made of either. calibrate: rows [n, columns], array or data frame, for
    verification, quantization and pruning. target: what those rows should give, to measure accuracy with; without it
    agreement with the source is measured. labels: names of the classes, where the source has none. recipe: "lossless",
    "int8" or a Recipe. prune: share of hidden neurons or trees to remove. max_accuracy_drop: remove as much as costs no
    more than this (0.005 = half a point). budget: limits (see ``edgescore.load``), kept in the file. input_dtype:
    rows on the device: "float32", "float64", for trees "int8", "int16" or "uint8", or "auto" for float64 only where
    float32 rows could take another branch or lose a digit of the score that counts.
    shapes: sizes of inputs that an ONNX or TFLite file leaves open, by name. consts: ONNX inputs that become constants.
    states: ONNX inputs that the device keeps from one prediction to the next, and the output that feeds each. outputs:
    names of the network's outputs to keep, in TensorFlow Lite files also of tensors between. pool: training data
    (catboost.Pool) of a CatBoost model with categories, whose texts the model does not keep. trees: how the device goes
    through tree ensembles: "walk" from root to leaf, "sweep" over 64 trees at once, or "auto" for the sweep where a CPU
    with AVX2, AVX-512 or NEON is faster with it; take "walk" for CPUs without them, Cortex-M above all, or "small" for
    the form of the fewest bytes, which is slower.
    trust_pickle: a file may be unpickled, which runs code in it. force: write in spite of disagreement with the source.
    progress: called with the name of each step.

    Raises UnsupportedError listing every part that cannot be converted, VerificationFailed with a row that disagrees,
    BudgetNotMet naming the limit that binds; nothing is written then.
    """
    say = progress or (lambda step: None)
    limits = None if budget is None else Budget.parse(budget)
    chosen = recipe if isinstance(recipe, Recipe) else Recipe.preset(recipe)
    say("importing")
    started = time.perf_counter()
    if isinstance(source, (Imported, Network)):
        imported = source
    else:
        imported = load_source(
            source,
            input_dtype=input_dtype,
            shapes=shapes,
            consts=consts,
            states=states,
            outputs=outputs,
            pool=pool,
            trust_pickle=trust_pickle,
        )
    if isinstance(imported, Network):
        if chosen.lossy or prune is not None or max_accuracy_drop is not None or labels is not None:
            raise ConvertError(
                "a network keeps its arithmetic: recipes, pruning and labels are for tabular models; quantize it in "
                "its own framework and convert that"
            )
        return convert_network(imported, path, calibrate=calibrate, budget=budget, force=force, progress=say)
    if labels is not None:
        _name_classes(imported.graph, list(labels))
    rows = None if calibrate is None else _rows(calibrate, imported)
    if rows is not None:
        check_rows(imported.graph, rows)
    pruning = prune is not None or max_accuracy_drop is not None
    if (chosen.lossy or pruning) and rows is None:
        raise ConvertError("quantizing and pruning need data to measure on: give calibrate=rows (--calibrate FILE)")
    say("verifying")
    graph, precision, verification = _lossless(imported, rows, trees, widen=input_dtype == "auto")
    if verification.disagreements and not force:
        raise VerificationFailed(verification)
    if any(group.name == "given" and not group.rows for group in verification.groups):
        raise ConvertError(f"{imported.source} takes none of the calibration rows: is a value missing in all?")
    if not verification.rows and not force:
        raise ConvertError(
            f"nothing is verified: {imported.source} takes none of the rows made for it; give rows that it takes "
            "(--calibrate), or have the file written unverified (--force)"
        )
    steps: list[StepReport] = []
    truth = None if target is None else np.asarray(target)
    lossy = _in_arithmetic(imported.graph, "float32")  # who gives up accuracy need not keep the last digit either
    if pruning:
        say("pruning")
        lossy, pruned = prune_graph(lossy, rows, truth, fraction=prune, max_accuracy_drop=max_accuracy_drop)
        steps += pruned
    if chosen.lossy:
        say("quantizing")
        lossy, quantized = quantize(lossy, chosen, rows, truth)
        steps += quantized
    if any(step.accepted for step in steps):
        say("verifying")
        graph, precision = choose_tree_form(lossy, trees), "float32"
        verification = verify(replace(imported, graph=graph), encode(graph), rows)
    metadata: dict[str, Any] = {
        "source": imported.source,
        "task": imported.task,
        "converter": f"edgescore-converters {edgescore.__version__}",
        "precision": precision,
        "recipe": chosen.to_dict(),
        "steps": [step.to_dict() for step in steps],
        "verification": verification.to_dict(),
    }
    if (visits := worst_visits(graph)) is not None:
        metadata["cost"] = {"node_visits": visits}
    if any(step.accepted for step in steps) and (loss := verification.loss()):
        metadata["loss"] = loss.to_dict()
    if steps:
        metadata["accuracy_drop"] = _accuracy_drop(steps)
    data = encode(graph, budget=limits, metadata=metadata)
    conversion = Conversion(
        data=data,
        source=imported.source,
        precision=precision,
        verification=verification,
        steps=steps,
        seconds=time.perf_counter() - started,
        lines=budget_lines(
            limits, data, _one_by_one(replace(imported, graph=graph), rows, 1000), _accuracy_drop(steps)
        ),
    )
    return deliver(conversion, path)


def load_source(
    source: Any,
    *,
    input_dtype: str = "auto",
    shapes: Mapping[str, Sequence[int]] | None = None,
    consts: Mapping[str, Any] | None = None,
    states: Mapping[str, str] | None = None,
    outputs: Sequence[str] | None = None,
    pool: Any = None,
    trust_pickle: bool = False,
) -> Imported | Network:
    """Import ``source``; the options are those of ``convert``."""
    given = {"shapes": shapes, "consts": consts, "states": states, "outputs": outputs}
    options: dict[str, Any] = {name: value for name, value in given.items() if value}
    if pool is not None:  # which need not know whether it is true
        options["pool"] = pool
    return choose(
        lambda dtype: import_model(source, input_dtype=dtype, trust_pickle=trust_pickle, **options), input_dtype
    )


def _lossless(imported: Imported, rows: Array | None, trees: str, widen: bool) -> tuple[Graph, str, Verification]:
    """The graph in the narrowest float arithmetic that agrees with the source, and how it compares.

    trees: their form. widen: rows may become float64 where float32 ones do not give the scores of the source's.
    """
    widen = widen and not imported.float32 and any(port.value.dtype == "float32" for port in imported.graph.inputs)
    tried = [(precision, wide) for precision, wide in PRECISIONS if widen or not wide]
    sources = {"float32": imported.graph, "float64": imported.graph.copy()}
    if imported.exact is not None:
        widen_floats.apply(sources["float64"])
    if rows is None and sums_of_unknown_size(sources["float64"]):
        tried = tried[-1:]  # there is nothing to measure on
    best: tuple[Graph, str, Verification] | None = None
    least = (0, 0.0)
    for precision, wide in tried:
        graph = choose_tree_form(_in_arithmetic(sources[precision], precision, wide), trees)
        found = verify(replace(imported, graph=graph), encode(graph), rows, rounded=not widen)
        worst = found.error
        if rows is None and len(tried) > 1 and not imported.float32:
            worst = max(worst, HEADROOM * _unseen_error(imported, precision, wide, rounded=not widen))
        if best is None or (found.disagreements, worst) < least:
            best, least = (graph, precision, found), (found.disagreements, worst)
        if not found.disagreements and worst <= HEADROOM * found.tolerance:
            break
    assert best is not None
    return best


def _unseen_error(imported: Imported, precision: str, wide: bool, rounded: bool) -> float:
    """What a probability between two classes may lose in this arithmetic, though no generated row is there."""
    _, usual = next(row_groups(imported, None, np.random.default_rng(0), rounded))
    return probability_error(
        imported.graph,
        usual,
        lambda graph: _in_arithmetic(graph, "float64", wide=True),
        lambda graph: _in_arithmetic(graph, precision, wide),
    )


def _in_arithmetic(source: Graph, precision: str, wide: bool = False) -> Graph:
    """A copy of ``source`` after all passes, computing in ``precision`` where that is free to choose."""
    graph = source.copy()
    if wide:
        widen_rows(graph)
    passes.run(graph)
    if precision == "float64":
        originals = [ensemble for _, ensemble in ensembles(graph)]
        return replace_ensembles(graph, originals.__getitem__, "float64")
    if narrow_floats.apply(graph):
        passes.run(graph)
    return graph


def _name_classes(graph: Graph, labels: list[Any]) -> None:
    ports = [port for port in graph.outputs if port.labels or port.role == "label"] or graph.outputs[:1]
    for port in ports:
        known = len(port.labels) or (port.value.shape[-1] if port.role == "score" else len(labels))
        if known != len(labels) and not (known == 1 and len(labels) == 2):
            raise ConvertError(f"{len(labels)} class names were given for the {known} classes of output {port.name!r}")
        port.labels = labels


def _rows(calibrate: Any, imported: Imported) -> Array:
    """Calibration rows as the oracle takes them: object where there is text, else float."""
    names = [feature.name for port in imported.graph.inputs for feature in port.features]
    if hasattr(calibrate, "columns"):
        calibrate = _columns(calibrate, names)
    try:
        rows = np.asarray(calibrate)
    except ValueError as problem:
        raise ConvertError(f"the calibration data is no table of rows: {problem}") from None
    width = sum(port.value.shape[-1] for port in imported.graph.inputs)
    if rows.ndim != 2 or rows.shape[1] != width or not len(rows):
        raise ConvertError(f"the calibration data has shape {rows.shape}; the model takes rows of {width} values")
    if rows.dtype.kind not in "fiubOUS":
        raise ConvertError(f"the calibration data is {rows.dtype}; give numbers, or text where the model takes text")
    text = any(
        isinstance(category, (str, bool))
        for port in imported.graph.inputs
        for feature in port.features
        for category in feature.categories or []
    )
    try:
        return rows.astype(object) if text else rows.astype(np.float64)
    except (TypeError, ValueError) as problem:
        raise ConvertError(f"the calibration data has text where the model takes numbers: {problem}") from None


def _columns(frame: Any, names: list[str]) -> Array:
    """The columns ``names`` of a data frame; LightGBM writes the spaces in a name as underscores."""
    if not any(names):
        return np.asarray(frame.to_numpy())
    found = {str(column).replace(" ", "_"): column for column in frame.columns}
    found |= {str(column): column for column in frame.columns}
    missing = [name for name in names if name not in found]
    if missing:
        raise ConvertError(f"the calibration data lacks the columns {', '.join(missing)}")
    return np.asarray(frame[[found[name] for name in names]].to_numpy())


def _accuracy_drop(steps: list[StepReport]) -> float:
    """What all lossy steps taken cost together, in the metric they were measured with."""
    return max(0.0, sum(step.metric_before - step.metric_after for step in steps if step.accepted))


def _one_by_one(imported: Imported, rows: Array | None, count: int) -> list[Any]:
    """``count`` predictions of one of ``rows`` each, over and over; of rows made up where there are none."""
    if rows is None:
        _, rows = next(row_groups(imported, None, np.random.default_rng(0)))
    return [inputs_of(imported.graph, row[None]) for row in rows[np.arange(count) % len(rows)]]
