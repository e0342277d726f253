"""Models that are no tables: fixed shapes of any rank, several inputs and outputs, integers, state."""

from __future__ import annotations

import array
import threading
from typing import Any

import numpy as np
import pytest

import edgescore
from edgescore_converters.ir import Graph
from edgescore_converters.writer import encode


def reshaping(shape: tuple[int, ...], to: tuple[int, ...], dtype: str = "float32") -> bytes:
    graph = Graph()
    graph.output("y", graph.add("reshape", graph.tensor_input("x", shape, dtype), shape=to))
    return encode(graph)


def counting() -> bytes:
    """y = the sum of all x so far, plus 5; state starts at 5."""
    graph = Graph()
    x = graph.tensor_input("x", (1, 2))
    total = graph.state("total", (1, 2), initial=np.float32(5))
    y = graph.add("add", total, x)
    graph.assign(total, y)
    graph.output("y", y)
    return encode(graph)


@pytest.fixture(params=["native", "numpy"])
def load(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("EDGESCORE_BACKEND", request.param)
    return edgescore.load


@pytest.mark.parametrize(
    ("given", "result"),
    [((1, 2, 3), (1, 6)), ((2, 3), (6,)), ((4, 2, 3), (4, 6)), ((0, 2, 3), (0, 6)), ((4, 1, 2, 3), (4, 1, 6))],
)
def test_samples_of_a_batch_of_one_may_come_together(load: Any, given: Any, result: Any) -> None:
    model = load(reshaping((1, 2, 3), (1, 6)))
    x = np.arange(np.prod(given), dtype=np.float32).reshape(given)
    np.testing.assert_array_equal(model.score(x), x.reshape(result))
    if x.size:
        assert model.score(x.tolist()) == x.reshape(result).tolist()
        assert model.score(memoryview(x)) == x.reshape(result).tolist()


def test_the_batch_size_of_the_source_is_kept(load: Any) -> None:
    model = load(reshaping((2, 3), (3, 2), "int8"))
    x = np.arange(6, dtype=np.int8).reshape(2, 3)
    np.testing.assert_array_equal(model.score(x), x.reshape(3, 2))
    assert model.score(np.concatenate([x, x])).shape == (6, 2)
    with pytest.raises(edgescore.ShapeError, match=r"takes the shape \(2, 3\).*got \(3,\)"):
        model.score(x[0])


def test_numbers_without_a_dimension(load: Any) -> None:
    model = load(reshaping((1, 1), ()))
    assert model.score(np.float32([[4]])).shape == ()
    assert model.score(np.float32([[4], [5]])).tolist() == [4, 5]
    assert load(reshaping((), (1,))).score(np.array(3, np.float32)).tolist() == [3]


@pytest.mark.parametrize("ragged", [[[[1, 2, 3], [4, 5]]], [[[1, 2, 3], [4, 5, "x"]]], [[1, 2, 3]]])
def test_lists_that_do_not_fit_are_refused(load: Any, ragged: Any) -> None:
    with pytest.raises(edgescore.InputError):
        load(reshaping((1, 2, 3), (1, 6))).score(ragged)


def test_integers_that_do_not_fit_are_refused(load: Any) -> None:
    model = load(reshaping((1, 2), (2,), "uint8"))
    assert model.score(array.array("B", [0, 255])) == [0, 255]
    for bad in (np.array([[0, 256]]), [[0, -1]], np.array([[0.5, 1]])):
        with pytest.raises(edgescore.DtypeError):
            model.score(bad)


def test_several_inputs_and_outputs(load: Any) -> None:
    graph = Graph()
    a, b = graph.tensor_input("a", (2, 2)), graph.tensor_input("b", (1, 3), "int16")
    graph.output("b2", graph.add("copy", b, shape=(1, 3)))
    graph.output("a2", graph.add("reshape", a, shape=(4,)))
    model = load(encode(graph))
    given = {"a": np.float32([[1, 2], [3, 4]]), "b": np.int16([[7, 8, 9]])}
    for x in (given, [given["a"], given["b"]], (given["a"], given["b"])):
        first, second = model.score(x)
        assert (first.tolist(), second.tolist()) == ([[7, 8, 9]], [1, 2, 3, 4])
    with pytest.raises(edgescore.ShapeError, match="takes the inputs a, b"):
        model.score({"a": given["a"]})


def test_state_is_kept_saved_restored_and_reset(load: Any) -> None:
    model = load(counting())
    assert model.score([1, 2]) == [6, 7]
    saved = model.state
    assert model.score(np.ones((3, 2), np.float32)).tolist() == [[7, 8], [8, 9], [9, 10]]
    model.state = saved
    assert model.score([1, 1]) == [7, 8]
    model.reset()
    assert model.score([0, 0]) == [5, 5]
    with pytest.raises(edgescore.ShapeError, match="state has 16 bytes"):
        model.state = b"x"


def test_sessions_are_streams_of_their_own(load: Any) -> None:
    model = load(counting())
    other = model.session()
    assert model.score([1, 1]) == [6, 6]
    assert other.score([0, 0]) == [5, 5]


def test_one_stream_fed_by_many_threads_loses_nothing(load: Any) -> None:
    model = load(counting())
    threads = [threading.Thread(target=lambda: [model.score([1, 1]) for _ in range(200)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert model.score([0, 0]) == [805, 805]
