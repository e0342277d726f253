"""Model: open, describe, score, predict, report. Input conversion is _encode.py's, arithmetic the backend's."""

from __future__ import annotations

import array
import os
import sys

from edgescore import _backend
from edgescore._errors import BudgetError, BudgetExceeded, DtypeError, EdgeScoreError, ShapeError, error, warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Union

    from edgescore._budget import Budget
    from edgescore._encode import Encoder
    from edgescore._reader import Parsed, Port
    from edgescore._report import Report

    Fallback = Union["Model", Callable[[Any], Any]]


def load(
    source: str | os.PathLike[str] | bytes,
    budget: Any = None,
    *,
    fallback: Fallback | None = None,
    on_violation: Callable[[Report], None] | None = None,
) -> Model:
    """Open a model.

    source: path of an .edsc file, which is memory-mapped and must be replaced, not overwritten, while in use; or its
    bytes. budget: a ``Budget``, a TOML file or text, or a dict, in place of the one inside the file. fallback: a model
    or a callable that scores instead once the budget is violated (``on_violation = "fallback"``). on_violation: called
    with the report then (``"callback"``). Raises FormatError for bytes that are not a model, BudgetError for a budget
    that cannot be read, BudgetExceeded where flash or RAM is over a budget that says ``raise``, OSError for a file that
    cannot be read.
    """
    return Model(source, budget, fallback, on_violation)


def _bytes_of(source: str | os.PathLike[str] | bytes | memoryview) -> Any:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return source
    if not isinstance(source, (str, os.PathLike)):
        raise DtypeError(f"a model comes as the path of its file or as bytes, not {type(source).__name__}")
    import mmap

    with open(source, "rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            raise error(-1, f"{os.fspath(source)}: 0 bytes")
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


ROW, STACK = 1, 2  # as in _encode, which is imported when the first row comes


class Model:
    """An opened model; make one with ``edgescore.load``. Safe to share between threads."""

    def __init__(
        self,
        source: str | os.PathLike[str] | bytes | memoryview,
        budget: Any = None,
        fallback: Fallback | None = None,
        on_violation: Callable[[Report], None] | None = None,
    ):
        rss = _rss()
        self._data = _bytes_of(source)
        self._budget: Budget | None = None
        if budget is not None:
            from edgescore._budget import Budget

            self._budget = Budget.parse(budget)
        self._engine = self._open(source)
        self._scores = [index for index, info in enumerate(self._engine.outputs) if not info.is_label]
        self._label = next((index for index, info in enumerate(self._engine.outputs) if info.is_label), None)
        self._parsed: Parsed | None = None
        self._encoders: list[Encoder] | None = None
        self._fallback, self._callback = fallback, on_violation
        self._violated = False
        self._fast: dict[type, Callable[[Any], Any] | None] = {}  # single-row paths by the type of a row
        self._fast_label: dict[type, Callable[[Any], Any] | None] = {}
        self.rss_added = max(0, _rss() - rss)
        if self._budget is None and self._engine.has_budget:
            from edgescore._budget import Budget

            self._budget = Budget.from_record(self._read().budget or {})
        if self._budget is None or self._budget.on_violation != "fallback":
            self._fallback = None
        if self._budget is not None:
            self._check_policy(self._budget)
            self._engine.limit(self._budget.max_ns or 0)
            self.review()

    def __reduce__(self) -> Any:
        """Pickled and copied as its bytes: the twin has working memory and latencies of its own."""
        return Model, (bytes(self._data), self._budget, self._fallback, self._callback)

    def _open(self, source: Any) -> Any:
        try:
            return _backend.open_engine(self._data)
        except EdgeScoreError as problem:
            if isinstance(source, (str, os.PathLike)):
                problem.args = (f"{os.fspath(source)}: {problem}",)
            raise

    # --- scoring ---

    def score(self, x: Any, deadline_us: float | None = None) -> Any:
        """Scores of one row or a batch.

        x: list, tuple, array, memoryview, ndarray or mapping by feature name, one row or a sequence of rows; for a
        model of several inputs a mapping by input name or a list in order. Returns what the model computes
        (probabilities, decision values, a prediction) shaped as the source framework shapes it: an ndarray for ndarray
        input, else (nested) lists; a tuple where the model has several outputs. Raises ShapeError, DtypeError,
        UnknownCategoryError or MissingValueError, which name the input and lose nothing.

        deadline_us: microseconds that one row may take, counted from the call, for models of one tree ensemble: as many
        trees are asked as fit, and the result is a ``Partial``: the score so far, bounds that the score of all trees is
        certain to be within, and how many trees were asked. Raises InputError for other models.
        """
        if deadline_us is not None:
            return self._score_until(x, deadline_us)
        fast = self._fast.get(type(x))
        if fast is not None:
            result = fast(x)
            if result is not None:
                return result
        return self._score_any(x)

    # The long ways are methods of their own: variables that a comprehension shares cost time in every call.

    def _score_any(self, x: Any) -> Any:
        if self._violated and self._fallback is not None:
            return self._fallback.score(x) if isinstance(self._fallback, Model) else self._fallback(x)
        outputs, rows, layout, as_numpy = self._run(x, with_label=False)
        shaped = tuple(self._shaped(index, outputs[index], rows, layout, as_numpy) for index in self._scores)
        return shaped[0] if len(shaped) == 1 else shaped

    def _score_until(self, x: Any, deadline_us: float) -> Any:
        if self._violated and self._fallback is not None:
            fallback = self._fallback
            return fallback.score(x, deadline_us) if isinstance(fallback, Model) else fallback(x)
        from edgescore._anytime import score_until

        return score_until(self, x, deadline_us)

    def predict(self, x: Any) -> Any:
        """Class labels of one row or a batch: what the source framework's ``predict`` gives, of several targets a label
        each.

        Takes what ``score`` takes. For a model without classes it is ``score``. A sum of trees ends where the others
        cannot change the class: the label is always the one of all trees, and ``report()`` says how many were asked.
        """
        fast = self._fast_label.get(type(x))
        if fast is not None:
            result = fast(x)
            if result is not None:
                return result
        return self._predict_any(x)

    def _predict_any(self, x: Any) -> Any:
        if self._violated and self._fallback is not None:
            return self._fallback.predict(x) if isinstance(self._fallback, Model) else self._fallback(x)
        targets = [index for index, info in enumerate(self._engine.outputs) if info.is_label]
        if len(targets) > 1:
            return self._predict_targets(x, targets)
        port = self._label_port()
        if port is None:
            return self.score(x)
        labels = port.labels
        outputs, rows, layout, as_numpy = self._run(x, with_label=True, label_only=self._label is not None)
        if self._label is not None:
            indices = outputs[self._label]
        else:
            width = self._engine.outputs[self._scores[0]].size
            flat = outputs[self._scores[0]]
            indices = [max(range(width), key=lambda j, at=i * width: flat[at + j]) for i in range(rows)]  # type: ignore[misc]
        found = [labels[index] if 0 <= index < len(labels) else int(index) for index in indices]
        if layout == ROW:
            return found[0]
        if not as_numpy:
            return found
        # Without a row the classes themselves say what an array of them holds.
        return sys.modules["numpy"].array(found or labels or [0])[: len(found)]

    def _predict_targets(self, x: Any, targets: list[int]) -> Any:
        """A label for each of several targets, (rows, targets)."""
        ports = [port for port in self._read().ports if not port.is_input]
        outputs, _, layout, as_numpy = self._run(x, with_label=True)
        labels = [ports[target].labels for target in targets]
        columns = [
            [names[index] if 0 <= index < len(names) else int(index) for index in outputs[target]]
            for target, names in zip(targets, labels)
        ]
        found = [list(row) for row in zip(*columns)]
        if layout == ROW:
            return found[0]
        if not as_numpy:
            return found
        kinds = {type(name) for names in labels for name in names}
        table = sys.modules["numpy"].array(found, dtype=object if len(kinds) > 1 else None)
        return table.reshape(-1, len(targets))

    def outputs(self, x: Any) -> list[Any]:
        """Every output of the model for ``x``, in the file's order, class labels as indices. Takes what ``score``
        takes.
        """
        outputs, rows, layout, as_numpy = self._run(x, with_label=True)
        return [self._shaped(index, flat, rows, layout, as_numpy) for index, flat in enumerate(outputs)]

    def _run(self, x: Any, with_label: bool, label_only: bool = False) -> tuple[list[Any], int, int, bool]:
        """(a flat buffer an output, rows, what they came as, numpy?) of ``x``; with ``label_only`` scores mean
        nothing."""
        buffers, rows, layout, as_numpy = self._encode(x)
        numpy = sys.modules["numpy"] if as_numpy else None
        outputs: list[Any] = []
        for info in self._engine.outputs:
            if info.is_label and not with_label:
                outputs.append(None)
            elif numpy is not None:
                outputs.append(numpy.empty(rows * info.size, info.dtype.name))
            else:
                code = {"o": "B", "l": "q"}.get(info.dtype.letter, info.dtype.letter)
                outputs.append(array.array(code, bytes(rows * info.nbytes)))
        if rows:
            status = self._engine.run(buffers, outputs, rows, label_only)
            if status < 0:
                raise error(status, self._name_missing(buffers) if status == -18 else "")
            if status > 0:
                self.review()
        if not as_numpy:
            outputs = [None if buffer is None else buffer.tolist() for buffer in outputs]
        return outputs, rows, layout, as_numpy

    def _encode(self, x: Any) -> tuple[list[Any], int, int, bool]:
        encoders = self._encoders or self._make_encoders()
        numpy = sys.modules.get("numpy")
        known = type(x) in self._fast or self._engine.state or self._engine.name != "native"
        if not known and all(encoder.plain for encoder in encoders):
            self._find_fast_path(type(x))
        if len(encoders) == 1:
            name = encoders[0].info.name
            if isinstance(x, dict) and len(x) == 1 and name in x and name not in encoders[0].columns:
                x = x[name]
            parts = [x]
        else:
            parts = self._split(x, encoders)
        encoded = [encoder.encode(part) for encoder, part in zip(encoders, parts)]
        rows = {count for _, count, _ in encoded}
        if len(rows) != 1:
            raise ShapeError(f"the inputs have different numbers of rows: {sorted(rows)}")
        as_numpy = numpy is not None and any(
            isinstance(part, numpy.ndarray) or hasattr(part, "to_numpy") for part in parts
        )
        return [buffer for buffer, _, _ in encoded], rows.pop(), encoded[0][2], as_numpy

    @staticmethod
    def _split(x: Any, encoders: list[Encoder]) -> list[Any]:
        """The part of ``x`` for each of several inputs."""
        names = [encoder.info.name for encoder in encoders]
        if hasattr(x, "columns") and hasattr(x, "to_dict"):
            return [x[[name]].to_numpy() for name in names]
        if isinstance(x, (list, tuple)) and x and isinstance(x[0], dict):
            return [[[row[name]] for row in x] if all(name in row for row in x) else x for name in names]
        if isinstance(x, dict):
            if set(x) != set(names):
                raise ShapeError(f"the model takes the inputs {', '.join(names)}; got {', '.join(map(str, x))}")
            return [[x[name]] if isinstance(x[name], (int, float, str)) else x[name] for name in names]
        if isinstance(x, (list, tuple)) and len(x) == len(encoders):
            return list(x)
        raise ShapeError(
            f"the model takes {len(encoders)} inputs ({', '.join(names)}) as a mapping by name or a list in order"
        )

    def _make_encoders(self) -> list[Encoder]:
        from edgescore._encode import Encoder

        ports = [port for port in self._read().ports if port.is_input]
        self._encoders = [Encoder(info, port.features) for info, port in zip(self._engine.inputs, ports)]
        return self._encoders

    def _find_fast_path(self, cls: type) -> None:
        import weakref

        from edgescore._fast import array_path, list_path

        this = weakref.ref(self)  # a path that held the model would keep the file open until a garbage collection

        def review() -> None:
            model = this()
            if model is not None:
                model.review()

        path = None
        if cls in (list, tuple):
            path = list_path
        elif "numpy" in sys.modules and cls is sys.modules["numpy"].ndarray:
            path = array_path
        self._fast[cls] = path and path(self._engine, review)
        if path and self._label is not None:
            self._fast_label[cls] = path(self._engine, review, dict(enumerate(self.labels)))

    def _shaped(self, index: int, flat: Any, rows: int, layout: int, as_numpy: bool) -> Any:
        info = self._engine.outputs[index]
        if layout == STACK:
            shape = (rows, *info.shape)
        elif not info.shape:
            shape = () if rows == 1 else (rows,)
        elif layout == ROW and info.shape[0] == 1:
            shape = info.row
        else:
            shape = (info.shape[0] * rows, *info.row)
        if as_numpy:
            return flat.reshape(shape) if shape else flat[0]
        return _nest(flat, shape)

    def _name_missing(self, buffers: list[Any]) -> str:
        """Where the first NaN of a refused batch is."""
        for port, encoder, buffer in zip(self._read().ports, self._encoders or [], buffers):
            info = encoder.info
            values = memoryview(buffer).cast("B").cast("f" if info.dtype.name == "float32" else "d")
            for at, value in enumerate(values):
                column = at % info.size
                if value != value and not port.takes_nan(column):
                    row = f"row {at // info.size}, " if len(values) > info.size else ""
                    return f"{row}feature {encoder.name(column)!r}"
        return ""

    # --- what the model is ---

    def _read(self) -> Parsed:
        """Names, features, labels and sections; the backend has the nodes."""
        if self._parsed is None:
            from edgescore._reader import parse

            self._parsed = parse(self._data, nodes=False)
        return self._parsed

    def _label_port(self) -> Port | None:
        ports = [port for port in self._read().ports if not port.is_input]
        if self._label is not None:
            return ports[self._label]
        return next((port for port in ports if port.labels), None)

    @property
    def labels(self) -> list[Any]:
        """The classes, in the order of the probabilities; empty when the model has none."""
        port = self._label_port()
        return list(port.labels) if port else []

    @property
    def features(self) -> list[str]:
        """Names of the columns of the inputs, in order."""
        return [feature.name for port in self._read().ports if port.is_input for feature in port.features]

    @property
    def backend(self) -> str:
        """``native`` or ``numpy``."""
        return str(self._engine.name)

    def describe(self) -> dict[str, Any]:
        """What is in the file, as plain values: inputs, features, outputs, operators, bytes per section, memory,
        metadata.
        """
        from edgescore._describe import describe
        from edgescore._reader import parse

        return describe(parse(self._data), len(self._data))

    def report(self) -> Report:
        """Footprint and latency so far, held against the budget."""
        from edgescore._report import Report

        return Report(self)

    def reset(self) -> None:
        """Forget the state (streaming models), the latencies counted so far and any violation."""
        self._engine.reset()
        self._violated = False

    @property
    def state(self) -> bytes:
        """What a streaming model remembers, to be kept and given back later; empty for a model without memory.

        Assigning restores it: ShapeError for bytes of another size than the model's state.
        """
        return bytes(self._engine.get_state())

    @state.setter
    def state(self, saved: bytes) -> None:
        if len(saved) != self._engine.state:
            raise ShapeError(f"the model's state has {self._engine.state} bytes, those given are {len(saved)}")
        self._engine.set_state(saved)

    def session(self) -> Model:
        """One more stream over the same bytes: a model with working memory, state and latencies of its own."""
        return Model(memoryview(self._data), self._budget, self._fallback, self._callback)

    # --- the budget ---

    def _check_policy(self, budget: Budget) -> None:
        if budget.on_violation == "fallback" and not (isinstance(self._fallback, Model) or callable(self._fallback)):
            raise BudgetError('the budget says on_violation = "fallback": pass load(..., fallback=model_or_callable)')
        if budget.on_violation == "callback" and not callable(self._callback):
            raise BudgetError('the budget says on_violation = "callback": pass load(..., on_violation=callable)')

    def review(self) -> None:
        """Hold the model against its budget now and act on a violation as the budget says.

        Called at load, whenever a prediction exceeds ``latency.max``, and every 256 predictions of a thread. Raises
        BudgetExceeded when the policy is ``raise``.
        """
        if self._budget is None:
            return
        report = self.report()
        if report.ok or (self._violated and self._budget.on_violation != "raise"):
            return
        self._violated = True
        if self._fallback is not None:
            self._fast, self._fast_label = {}, {}
        policy = self._budget.on_violation
        if policy == "raise":
            raise BudgetExceeded(report.violation())
        if policy == "warn":
            warn(report.violation())
        elif policy == "callback" and self._callback is not None:
            self._callback(report)


def _nest(flat: list[Any], shape: tuple[int, ...]) -> Any:
    """``flat`` as nested lists of ``shape``; the value itself for shape ()."""
    if not shape:
        return flat[0]
    if len(shape) == 1:
        return flat
    step = len(flat) // shape[0] if shape[0] else 0
    return [_nest(flat[at * step : (at + 1) * step], shape[1:]) for at in range(shape[0])]


def _rss() -> int:
    """Resident bytes of this process (Linux; 0 elsewhere)."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
