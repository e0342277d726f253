"""Owns ``edgescore score``: rows in, predictions out, in constant memory. Refuses to lose a row without saying so."""

from __future__ import annotations

import math
import os
from itertools import chain

from edgescore._atomic import AtomicFile
from edgescore._budget import Budget
from edgescore._cli import BAD_ROWS, DONE, UsageError, open_model, say
from edgescore._errors import InputError
from edgescore._progress import Progress
from edgescore._rows import EXTENSIONS, Columns, Source, open_reader, open_writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable
    from typing import Any

    from edgescore._model import Model
    from edgescore._rows import Chunk

ROWS, CELLS = 1024, 1 << 16  # per call of the model: enough rows to make the call free, few enough cells to stay small
EXAMPLES = 5  # bad rows that are described; the rest is counted


class Predictions:
    """What a model says about rows, as flat tuples for the columns ``fields``: (name, kind) as writers take them.

    wanted: ``proba``, ``label``, ``both`` or None for all there is. kind: the output format. Raises UsageError where
    the model or the format has no such thing.
    """

    def __init__(self, model: Model, columns: Columns, wanted: str | None, kind: str):
        self._model, self._columns = model, columns
        outputs = model.describe()["outputs"]
        scores = [index for index, output in enumerate(outputs) if output["role"] == "score"]
        self._targets = {index: output["labels"] for index, output in enumerate(outputs) if output["role"] == "label"}
        named = [labels for labels in self._targets.values() if labels] or [model.labels]
        types = {type(label) for labels in named for label in labels} or {int}
        classes = bool(named[0]) or bool(self._targets)
        label_kind = "int" if types == {int} else "float64" if types == {float} else "text"
        if wanted is None:
            wanted = "label" if not scores else "both" if classes and kind != "npy" else "proba"
        if wanted != "proba" and not classes:
            raise UsageError(f"--output {wanted}: the model has no classes; leave --output out")
        if wanted != "label" and not scores:
            raise UsageError(f"--output {wanted}: the model gives classes only; use --output label")
        if wanted != "proba" and kind == "npy" and label_kind == "text":
            raise UsageError(f"--output {wanted}: the classes are text, which .npy cannot hold; use CSV or JSON lines")
        self._scores = scores if wanted != "label" else []
        self._classes = wanted != "proba"
        self.fields = []
        if self._classes:
            several = [f"prediction_{number}" for number in range(len(self._targets))]
            self.fields = [(name, label_kind) for name in (several if len(several) > 1 else ["prediction"])]
        for output in (outputs[index] for index in self._scores):
            title = output["name"] if len(scores) > 1 else "score"
            width = math.prod(output["shape"])
            names = [f"{title}_{label}" for label in output["labels"] or model.labels]
            if len(names) != width:
                names = [title] if width == 1 else [f"{title}_{index}" for index in range(width)]
            dtype = output["dtype"] if output["dtype"].startswith("float") else "int"
            self.fields += [(name, dtype) for name in names]

    def of(self, rows: Any) -> list[tuple[Any, ...]]:
        """One tuple per row; raises InputError if any of the rows is bad."""
        given = self._columns.given(rows)
        if not self._scores:
            found = self._model.predict(given)
            return list(zip(found) if len(self._targets) < 2 else map(tuple, found))
        outputs = self._model.outputs(given)
        parts = [_flat(outputs[index]) for index in self._scores]
        if self._classes and not self._targets:
            parts.insert(0, zip(self._model.predict(given)))
        elif self._classes:
            parts = [_named(_flat(outputs[index]), labels) for index, labels in self._targets.items()] + parts
        return list(parts[0]) if len(parts) == 1 else [tuple(chain.from_iterable(row)) for row in zip(*parts)]


def _named(indices: Iterable[tuple[Any, ...]], labels: list[Any] | None) -> Iterable[tuple[Any, ...]]:
    """The labels that indices, one a row, stand for."""
    return ((labels[index],) for (index,) in indices) if labels else indices


class Tally:
    """Rows so far, and the bad ones among them; ``policy`` is ``fail``, ``skip`` or ``null``."""

    def __init__(self, source: str, policy: str):
        self.rows = self.bad = 0
        self._source, self._policy = source, policy
        self._examples: list[str] = []

    def add_bad(self, chunk: Chunk, position: int) -> None:
        """Count a bad row and describe the first few; under the policy ``fail`` that is an InputError."""
        if self._policy == "fail":
            message = f"{self._source} {chunk.where(position)}: {chunk.bad[position]}"
            raise InputError(f"{message} (--on-bad-row skip or null goes on)")
        self.bad += 1
        if len(self._examples) < EXAMPLES:
            self._examples.append(f"  {chunk.where(position)}: {chunk.bad[position]}")

    def summary(self) -> str:
        """What happened to the bad rows."""
        what = {"skip": "left out", "null": "written without a prediction"}[self._policy]
        more = "\n  ..." if self.bad > EXAMPLES else ""
        return (
            f"{self._source}: {self.bad} of {self.rows} rows are bad and {what}:\n" + "\n".join(self._examples) + more
        )


def run(arguments: argparse.Namespace) -> int:
    """Score ``arguments.input`` into ``arguments.output``; the exit code."""
    _refuse_overwrite(arguments)
    kind = _output_kind(arguments)
    model = open_model(arguments.model)
    about = model.describe()
    if arguments.budget or about["budget"]:
        model = open_model(arguments.model, _policy(Budget.parse(arguments.budget or about["budget"])))
    columns = Columns(about["inputs"])
    predictions = Predictions(model, columns, arguments.output_columns, kind)
    fields = [(name, "text") for name in arguments.id_column] + predictions.fields
    names = [name for name, _ in fields]
    if len(set(names)) < len(names):
        raise UsageError(f"--id-column: two columns of the output would have one name: {', '.join(names)}")
    if kind == "npy" and arguments.on_bad_row == "null" and {of_kind for _, of_kind in fields} == {"int"}:
        raise UsageError("--on-bad-row null: whole numbers in .npy have no null; use skip, or CSV")
    # A model with state takes rows one at a time: a batch that fails half way could not be taken back.
    size = 1 if about["state"] else arguments.batch or max(1, min(ROWS, CELLS // len(columns.names)))
    with Source(arguments.input) as source:
        reader = open_reader(
            source, columns, arguments.input_format, arguments.id_column, arguments.header, arguments.delimiter
        )
        tally, progress = Tally(source.name, arguments.on_bad_row), Progress(source.size)
        try:
            with AtomicFile(arguments.output) as file:
                writer = open_writer(file, fields, kind)
                for chunk in reader.chunks(size):
                    writer.write(_score(chunk, predictions, tally, arguments.on_bad_row == "null"))
                    file.flush()
                    progress.update(tally.rows, source.position())
                if tally.bad and tally.bad == tally.rows:
                    raise InputError(f"{tally.summary()}\nno row can be scored: is it the right file for this model?")
                model.review()
                writer.close()
        finally:
            progress.close()
    if tally.bad:
        say(tally.summary())
    return BAD_ROWS if tally.bad else DONE


def _policy(budget: Budget) -> Budget:
    """``budget`` with a policy a command line can follow."""
    if budget.on_violation in ("fallback", "callback"):
        say(f"the budget says on_violation = {budget.on_violation!r}, which needs Python code; here it means 'warn'")
        budget.on_violation = "warn"
    return budget


def _score(chunk: Chunk, predictions: Predictions, tally: Tally, keep_bad: bool) -> list[tuple[Any, ...]]:
    """The output rows of a chunk; bad rows are counted, and left out or kept with gaps."""
    good = chunk.good()
    try:
        found = predictions.of(good) if len(good) else []
    except InputError:
        found = _one_by_one(chunk, predictions)
    tally.rows += len(chunk)
    ids = chunk.ids
    if chunk.bad:
        for position in sorted(chunk.bad):
            tally.add_bad(chunk, position)
        if keep_bad:
            rest, gap = iter(found), (None,) * len(predictions.fields)
            found = [gap if position in chunk.bad else next(rest) for position in range(len(chunk))]
        elif ids:
            ids = [copied for position, copied in enumerate(ids) if position not in chunk.bad]
    return [copied + values for copied, values in zip(ids, found)] if ids else found


def _one_by_one(chunk: Chunk, predictions: Predictions) -> list[tuple[Any, ...]]:
    """Predictions for a chunk of which the model refused at least one row; those rows are marked as bad."""
    found = []
    for position, row in enumerate(chunk.rows):
        if row is not None:
            try:
                found += predictions.of([row])
            except InputError as reason:
                chunk.bad[position] = str(reason)
    return found


def _flat(scores: list[Any]) -> Iterable[tuple[Any, ...]]:
    """A tuple of numbers per row, from a number or nested lists per row."""
    if not isinstance(scores[0], list):
        return zip(scores)
    while isinstance(scores[0][0], list):
        scores = [[value for inner in row for value in inner] for row in scores]
    return map(tuple, scores)


def _output_kind(arguments: argparse.Namespace) -> str:
    """The output format: as told, or by extension; CSV where the name of a pipe or device says nothing."""
    path = arguments.output
    special = path == "-" or (os.path.exists(path) and not os.path.isfile(path))
    kind: str | None = arguments.format or EXTENSIONS.get(os.path.splitext(path)[1].lower())
    if kind is None and not special:
        raise UsageError(f"-o {path}: the extension names no format; pass --format csv, jsonl or npy")
    if kind == "npy" and special:
        raise UsageError("--format npy: its header counts the rows, which a pipe learns too late; write to a file")
    return kind or "csv"


def _refuse_overwrite(arguments: argparse.Namespace) -> None:
    for name, path in (("model", arguments.model), ("input", arguments.input)):
        if os.path.isfile(arguments.output) and os.path.exists(path) and os.path.samefile(path, arguments.output):
            raise UsageError(f"-o {arguments.output}: is the {name}; give the output a name of its own")
