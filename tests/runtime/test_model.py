"""Model: every way to give rows, every shape that comes back, every error that names its remedy."""

from __future__ import annotations

import array
import copy
import gc
import pickle
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas
import pytest

import edgescore
from tests.runtime.models import categorical, classifier, linear, two_inputs

pytestmark = pytest.mark.usefixtures("backend")
ROW = [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize(
    "row",
    [ROW, tuple(ROW), array.array("f", ROW), array.array("d", ROW), memoryview(array.array("f", ROW)), [1, 2, 3, 4]],
    ids=["list", "tuple", "float array", "double array", "memoryview", "integers"],
)
def test_one_row_without_numpy_gives_a_float(row: object) -> None:
    score = edgescore.load(linear()).score(row)

    assert score == 10.0
    assert type(score) is float


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8"])
def test_one_row_as_ndarray(dtype: str) -> None:
    model = edgescore.load(linear(outputs=2))

    for _ in range(3):  # the first call takes the long way, later ones the short one
        scores = model.score(np.array(ROW, dtype))
        assert isinstance(scores, np.ndarray)
        assert scores.dtype == np.float32
        assert scores.tolist() == [10.0, 21.0]


def test_shapes_follow_the_source() -> None:
    scalar, vector = edgescore.load(linear()), edgescore.load(linear(outputs=3))
    rows = np.ones((5, 4), np.float32)

    for _ in range(2):
        assert scalar.score(rows[0]).shape == ()
        assert scalar.score(rows).shape == (5,)
        assert scalar.score(rows[:1]).shape == (1,)
        assert vector.score(rows[0]).shape == (3,)
        assert vector.score(rows).shape == (5, 3)
        assert vector.score(rows[:1]).shape == (1, 3)
        assert vector.score(rows[:0]).shape == (0, 3)
    assert vector.score(rows.tolist()) == [[4.0, 9.0, 14.0]] * 5
    assert vector.score([]) == []


def test_results_do_not_share_memory() -> None:
    model = edgescore.load(linear(outputs=2))
    first = [model.score(np.full(4, value, np.float32)) for value in (1, 2, 3)]

    assert [scores.tolist() for scores in first] == [[4.0, 9.0], [8.0, 17.0], [12.0, 25.0]]


def test_arrays_in_any_memory_order() -> None:
    model = edgescore.load(linear())
    rows = np.arange(80, dtype=np.float32).reshape(20, 4)

    np.testing.assert_array_equal(model.score(rows), rows.sum(1))
    np.testing.assert_array_equal(model.score(np.asfortranarray(rows)), rows.sum(1))
    np.testing.assert_array_equal(model.score(rows[::-1]), rows[::-1].sum(1))
    assert model.score(np.asfortranarray(rows)[3]) == rows[3].sum()
    read_only = rows[2].copy()
    read_only.flags.writeable = False
    assert model.score(read_only) == rows[2].sum()


def test_what_is_masked_is_missing() -> None:
    row = np.ma.array([1.0, 2.0], mask=[False, True])

    with pytest.raises(edgescore.MissingValueError, match="feature 'b'"):
        edgescore.load(classifier()).score(row)
    assert edgescore.load(classifier()).score(np.ma.array([1.0, 2.0])).tolist() == [1.0, 2.0, 1.5]


def test_series_and_frames_by_feature_name() -> None:
    model = edgescore.load(classifier())
    frame = pandas.DataFrame({"ignored": [7], "b": [2.0], "a": [1.0]})

    assert model.score(frame).tolist() == [[1.0, 2.0, 1.5]]
    assert model.score(frame.iloc[0]).tolist() == [1.0, 2.0, 1.5]
    assert model.score(pandas.Series([1.0, 2.0])).tolist() == [1.0, 2.0, 1.5]
    with pytest.raises(edgescore.ShapeError, match="no 'b'"):
        model.score(frame[["a"]].iloc[0])


class FrameOfPolars:
    """The methods of one that matter; polars itself is not among the packages for development."""

    columns = ("b", "a")

    def to_dict(self) -> dict[str, list[float]]:
        return {"b": [2.0], "a": [1.0]}

    def to_dicts(self) -> list[dict[str, float]]:
        return [{"b": 2.0, "a": 1.0}]


def test_frames_of_polars() -> None:
    assert edgescore.load(classifier()).score(FrameOfPolars()) == [[1.0, 2.0, 1.5]]


def test_no_row_gives_no_class_of_the_usual_type() -> None:
    none = np.zeros((0, 2), np.float32)

    assert edgescore.load(classifier()).predict(none).dtype.kind == "U"
    assert edgescore.load(classifier([10, 20, 30])).predict(none).dtype.kind == "i"


def test_mappings_by_feature_name() -> None:
    model = edgescore.load(classifier())

    assert model.score({"b": 2, "a": 1}) == [1.0, 2.0, 1.5]
    assert model.score([{"a": 3, "b": 2}, {"a": 0, "b": 0, "ignored": "x"}]) == [[3.0, 2.0, 1.5], [0.0, 0.0, 1.5]]
    with pytest.raises(edgescore.ShapeError, match="no 'b'; the model takes a, b"):
        model.score({"a": 1})


def test_predict_gives_labels_of_their_own_type() -> None:
    rows = [[9, 0], [0, 9], [0, 0]]

    assert edgescore.load(classifier()).predict(rows) == ["low", "high", "middle"]
    assert edgescore.load(classifier()).predict(rows[1]) == "high"
    assert edgescore.load(classifier([10, 20, 30])).predict(rows) == [10, 20, 30]
    assert edgescore.load(classifier([0.5, 1.5, 2.5])).predict(rows) == [0.5, 1.5, 2.5]
    as_array = edgescore.load(classifier()).predict(np.array(rows, np.float32))
    assert isinstance(as_array, np.ndarray)
    assert as_array.tolist() == ["low", "high", "middle"]
    assert edgescore.load(linear()).predict(ROW) == 10.0


@pytest.mark.parametrize("label_first", [False, True], ids=["label behind", "label first"])
def test_one_row_again_and_again(label_first: bool) -> None:
    model = edgescore.load(classifier(label_first=label_first))
    rows = {"low": [9.0, 0.0], "high": [0.0, 9.0], "middle": [0.0, 0.0]}

    for _ in range(3):  # the first call takes the long way, later ones the short one
        for label, row in rows.items():
            array = np.array(row, np.float32)
            assert model.predict(row) == label
            assert model.predict(array) == label
            assert model.predict(array[None]).tolist() == [label]
            assert model.score(row) == [*row, 1.5]
            assert model.score(array).tolist() == [*row, 1.5]
    with pytest.raises(edgescore.MissingValueError):
        model.predict([float("nan"), 0.0])


def test_text_categories() -> None:
    model = edgescore.load(categorical())

    assert model.score({"temp": 21.5, "state": "on", "flag": 1}) == 131.5
    assert model.score(np.array([[1.0, "idle", 0.0]], object)).tolist() == [21.0]
    with pytest.raises(edgescore.UnknownCategoryError, match=r"'state': 'broken' was not seen.*'off', 'on', 'idle'"):
        model.score([1.0, "broken", 0.0])
    with pytest.raises(edgescore.UnknownCategoryError, match="'flag': 2"):
        model.score([1.0, "on", 2])
    with pytest.raises(edgescore.DtypeError, match="'temp' takes a number, got 'warm'"):
        model.score(["warm", "on", 0])
    assert edgescore.load(categorical("slot")).score([1.0, "broken", 0.0]) == -9.0
    # A number is no text, and the codes in the file are nobody's business.
    assert edgescore.load(categorical("slot", "slot")).score(np.array([1.0, 1.0, 0.0])) == -9.0
    assert np.isnan(edgescore.load(categorical("missing")).score([1.0, "broken", 0.0]))


def test_missing_values_need_a_route() -> None:
    model = edgescore.load(classifier())

    with pytest.raises(edgescore.MissingValueError, match="row 1, feature 'b'"):
        model.score([[1.0, 2.0], [1.0, float("nan")]])
    with pytest.raises(edgescore.MissingValueError, match=r"^feature 'a'"):
        model.score({"a": None, "b": 1})
    row = np.array([np.nan, 1.0], np.float32)
    for _ in range(2):
        with pytest.raises(edgescore.MissingValueError, match=r"^feature 'a'"):
            model.score(row)
    assert model.score([float("inf"), 0.0])[0] == float("inf")


@pytest.mark.parametrize(
    ("row", "error", "message"),
    [
        ([1.0, 2.0], edgescore.ShapeError, "takes 4 values a row, got 2"),
        ([[1.0] * 4, [1.0] * 5], edgescore.ShapeError, "got 5 in row 1"),
        ([[1.0] * 4, 5], edgescore.ShapeError, "got int in row 1"),
        (np.zeros((2, 3), np.float32), edgescore.ShapeError, r"rows of 4 values.*got shape \(2, 3\)"),
        (np.zeros((2, 2, 4), np.float32), edgescore.ShapeError, r"got shape \(2, 2, 4\)"),
        (np.zeros(4, complex), edgescore.DtypeError, "complex128"),
        ([1.0, 2.0, 3.0, "four"], edgescore.DtypeError, "'four'"),
        ("1,2,3,4", edgescore.DtypeError, "rows come as"),
        (7, edgescore.DtypeError, "rows come as"),
        ({1.0, 2.0, 3.0, 4.0}, edgescore.DtypeError, "rows come as"),
        ([1.0, 2.0, 3.0, object()], edgescore.DtypeError, "takes a float32"),
        ({"y": 1}, edgescore.ShapeError, "no column names"),
    ],
)
def test_bad_rows(row: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        edgescore.load(linear()).score(row)


def test_numbers_beyond_the_dtype_are_infinite() -> None:
    model = edgescore.load(linear())

    assert model.score([1, 2, 3, 10**400]) == model.score([1, 2, 3, 1e300]) == float("inf")
    assert model.score([[1, 2, 3, -(10**400)]]) == [-float("inf")]


def test_several_inputs_and_outputs() -> None:
    model = edgescore.load(two_inputs())

    assert model.score({"a": [1.0, 5.0], "b": [2.0]}) == (3.0, [4.0])
    total, double = model.score([np.array([[1.0, 5.0], [7.0, 7.0]]), np.array([[2.0], [3.0]])])
    assert total.tolist() == [3.0, 10.0]
    assert double.tolist() == [[4.0], [6.0]]
    with pytest.raises(edgescore.ShapeError, match="inputs a, b; got a"):
        model.score({"a": [1.0, 5.0]})
    with pytest.raises(edgescore.ShapeError, match="different numbers of rows"):
        model.score([np.zeros((2, 2)), np.zeros((3, 1))])


def test_files_are_mapped_and_bytes_need_no_alignment(tmp_path: Path) -> None:
    path = tmp_path / "model.edsc"
    path.write_bytes(linear())

    assert edgescore.load(path).score(ROW) == 10.0
    shifted = bytearray(b"x" + linear())
    assert edgescore.load(memoryview(shifted)[1:]).score(ROW) == 10.0


def test_a_dropped_model_closes_its_file_and_leaves_its_results(tmp_path: Path) -> None:
    path = tmp_path / "model.edsc"
    path.write_bytes(linear())
    model = edgescore.load(path)
    dropped = weakref.ref(model)
    list_result, array_result = model.score([ROW]), model.score(np.array(ROW, np.float32))
    model.score(ROW)
    gc.disable()
    try:
        del model
        assert dropped() is None
    finally:
        gc.enable()
    assert list_result == [10.0]
    assert array_result == 10.0


@pytest.mark.parametrize("twin", [copy.copy, copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_are_models_of_their_own(twin: Callable[[edgescore.Model], edgescore.Model], tmp_path: Path) -> None:
    path = tmp_path / "model.edsc"
    path.write_bytes(linear())
    model = edgescore.load(path, budget={"flash": "1 MB"})
    other = twin(model)
    path.unlink()

    assert other.score(ROW) == model.score(ROW) == 10.0
    assert (other.report().count, model.report().count) == (1, 1)
    assert other.report().to_dict()["budget"] == model.report().to_dict()["budget"]


def test_files_that_are_not_models(tmp_path: Path) -> None:
    path = tmp_path / "broken.edsc"
    for content, message in ((b"", "shorter"), (b"EDSC", "shorter"), (b"x" * 100, "not an EdgeScore model")):
        path.write_bytes(content)
        with pytest.raises(edgescore.FormatError, match=f"broken.edsc: .*{message}"):
            edgescore.load(path)
    damaged = bytearray(linear())
    damaged[200] ^= 1
    with pytest.raises(edgescore.FormatError, match="checksum"):
        edgescore.load(bytes(damaged))
    with pytest.raises(FileNotFoundError):
        edgescore.load(tmp_path / "absent.edsc")
    with pytest.raises(edgescore.DtypeError, match="path of its file or as bytes, not int"):
        edgescore.load(0)  # type: ignore[arg-type]


def test_one_model_shared_by_many_threads() -> None:
    model = edgescore.load(linear(width=64, outputs=16))
    rows = np.random.default_rng(0).integers(-9, 10, (200, 64)).astype(np.float32)  # sums are exact
    expected = model.score(rows)
    wrong: list[int] = []

    def work(seed: int) -> None:
        for index in np.random.default_rng(seed).integers(0, len(rows) - 8, 300):
            one, some = model.score(rows[index]), model.score(rows[index : index + 8])
            if not (np.array_equal(one, expected[index]) and np.array_equal(some, expected[index : index + 8])):
                wrong.append(int(index))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not wrong
    assert model.report().count == 200 + 8 * 300 * 9


def test_describe_names_what_is_in_the_file() -> None:
    facts = edgescore.load(classifier()).describe()

    assert facts["inputs"][0]["features"][1]["name"] == "b"
    assert facts["outputs"][0]["labels"] == ["low", "high", "middle"]
    assert [output["role"] for output in facts["outputs"]] == ["score", "label"]
    assert {entry["name"]: entry["count"] for entry in facts["operators"]} == {"dense": 1, "argmax": 1}
    assert facts["metadata"] == {"made": "by hand"}
    assert facts["file_size"] == len(classifier())
