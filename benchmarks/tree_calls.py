"""Tree ensembles called from Python, all in one process: one row at a time, and 10,000 rows at once.

``python -m benchmarks.tree_calls MODEL.edsc`` in the peers' environment, or in any other with fewer peers: who cannot
be imported is listed with the reason. Prints JSON: {"one"|"many": {name: [median, best] in microseconds}, "absent":
{name: reason}}. Everybody's answers are compared first, as a peer that is wrong is not worth timing.
"""

from __future__ import annotations

import ctypes
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple
from typing import Any

import numpy as np

import edgescore
from benchmarks import tree_models, tree_peers
from benchmarks.measure import Call, Timing, interleaved
from benchmarks.models import onnx_session

# (call of one row, those rows) and (call of all rows, all rows): either may be None.
Contestant = tuple[Call | None, Sequence[Any], Call | None, Any]


def _edgescore(x: Any, path: str) -> dict[str, Contestant]:
    model = edgescore.load(path)
    return {"edgescore": (model.score, list(x), model.score, x)}


def _onnxruntime(x: Any) -> dict[str, Contestant]:
    session = onnx_session(tree_models.ONNX.read_bytes())
    name, output = session.get_inputs()[0].name, [session.get_outputs()[1].name]
    run = session.run
    return {
        "onnxruntime": (lambda row: run(output, {name: row}), _each(x), lambda rows: run(output, {name: rows})[0], x)
    }


def _lightgbm(x: Any) -> dict[str, Contestant]:
    import lightgbm

    booster = lightgbm.Booster(model_file=tree_models.TEXT)
    predict = booster.predict
    # The C API's way for a stream of single rows, called as lean as ctypes can: addresses and results made before.
    library, fast = vars(lightgbm.basic)["_LIB"], ctypes.c_void_p()
    length, out = ctypes.c_int64(), (ctypes.c_double * 1)()
    status = library.LGBM_BoosterPredictForMatSingleRowFastInit(
        booster._handle, 0, 0, -1, 0, x.shape[1], b"num_threads=1", ctypes.byref(fast)
    )
    assert status == 0, library.LGBM_GetLastError()
    call, to_length = library.LGBM_BoosterPredictForMatSingleRowFast, ctypes.byref(length)
    addresses = [ctypes.c_void_p(row.ctypes.data) for row in x]
    call(fast, addresses[0], to_length, out)
    np.testing.assert_allclose(out[0], predict(x[:1])[0])
    return {
        "LightGBM": (predict, _each(x), predict, x),
        "LightGBM fast path": (lambda row: call(fast, row, to_length, out), addresses, None, x),
    }


def _lleaves(x: Any) -> dict[str, Contestant]:
    x64 = x.astype(np.float64)
    model = tree_peers.lleaves_model(tree_models.SYNTHETIC / "lleaves.o")
    forest = ctypes.CDLL(str(tree_models.SYNTHETIC / "lleaves.so")).forest_root
    forest.argtypes, forest.restype = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int], None
    y = np.zeros(len(x))
    into, out = ctypes.c_void_p(x64.ctypes.data), ctypes.c_void_p(y.ctypes.data)
    return {
        # The last member keeps alive what is known by its address only.
        "lleaves by ctypes": (lambda row: forest(into, out, row, row + 1), range(len(x)), None, (x64, y)),
        "lleaves": (None, [], lambda rows: model.predict(rows, n_jobs=1), x64),
    }


def _tl2cgen(x: Any) -> dict[str, Contestant]:
    import tl2cgen  # type: ignore[import-not-found, unused-ignore]

    def predict(name: str) -> Contestant:
        path = str(tree_models.SYNTHETIC / f"tl2cgen_{name}.so")
        return None, [], tl2cgen.Predictor(path, nthread=1).predict, tl2cgen.DMatrix(x.astype(np.float64))

    return {f"tl2cgen {name}": predict(name) for name in ("q0", "q1")}


def _daal4py(x: Any) -> dict[str, Contestant]:
    import daal4py  # type: ignore[import-not-found, unused-ignore]
    import lightgbm

    daal4py.daalinit(1)
    model = daal4py.mb.convert_model(lightgbm.Booster(model_file=tree_models.TEXT))
    return {"daal4py": (None, [], lambda rows: model.predict_proba(rows)[:, 1], x)}


def _xgboost(x: Any) -> dict[str, Contestant]:
    import xgboost

    booster = xgboost.Booster({"nthread": 1}, model_file=tree_models.XGBOOST)
    return {"XGBoost": (None, [], booster.inplace_predict, x)}


PEERS: dict[str, Callable[[Any], dict[str, Contestant]]] = {
    "onnxruntime": _onnxruntime,
    "LightGBM": _lightgbm,
    "lleaves": _lleaves,
    "tl2cgen": _tl2cgen,
    "daal4py": _daal4py,
    "XGBoost": _xgboost,
}


def _each(x: Any) -> list[Any]:
    """The rows of ``x``, each a matrix."""
    return [row[None] for row in x]


def _timed(calls: Mapping[str, tuple[Call, Sequence[Any]]], rounds: int) -> dict[str, Timing]:
    own_rows = {name: rows for name, (_, rows) in calls.items()}
    return interleaved({name: call for name, (call, _) in calls.items()}, own_rows, rounds=rounds)


def measure(path: str) -> dict[str, dict[str, Any]]:
    """What the program prints."""
    x = tree_models.scored_rows()
    contestants, absent = _edgescore(x, path), {}
    for name, make in PEERS.items():
        try:
            contestants |= make(x)
        except (ImportError, OSError) as error:
            absent[name] = str(error)
    expected = contestants["edgescore"][0](x)  # type: ignore[misc]
    for name, (_, _, call, rows) in contestants.items():
        if call is not None and name != "XGBoost":  # a model of its own
            given = np.asarray(call(rows))
            given = given[:, 1] if given.shape == (len(x), 2) else np.ravel(given)
            np.testing.assert_allclose(given, expected, atol=1e-5, err_msg=name)
    one = {name: (call, rows) for name, (call, rows, _, _) in contestants.items() if call is not None}
    many = {name: (call, [rows]) for name, (_, _, call, rows) in contestants.items() if call is not None}
    timings = {"one": _timed(one, 60), "many": _timed(many, 12)}
    return {kind: {name: astuple(t) for name, t in of.items()} for kind, of in timings.items()} | {"absent": absent}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1])))
