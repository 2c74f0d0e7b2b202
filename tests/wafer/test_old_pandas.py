"""Tables as an old pandas pickled them, and files that are almost that."""

import io
import pickle

import numpy as np
import old_pandas
import pytest

from semlib.wafer import _pickle_scan
from semlib.wafer._old_pandas import NAMES, RefusedError, Table, open_table
from semlib.wafer._old_pickle import _Machine, read_pickle

MAPS = [np.array([[0, 1, 0], [1, 2, 1]], np.uint8), np.ones((4, 1), np.uint8), np.full((20, 30), 2, np.uint8)]
TYPES = ["Loc", None, "none"]


def same(a, b):
    """Equal values; arrays of equal type too."""
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and np.array_equal(a, b)
    return type(a) is type(b) and a == b


GOOD = old_pandas.dumps(old_pandas.wm811k(MAPS, TYPES))

# --- tables as they were published -------------------------------------------------------------

NEW_HOMES = {
    "__builtin__": "builtins",
    "numpy.core.multiarray": "numpy._core.multiarray",
    "pandas.core.internals": "pandas.core.internals.managers",
    "pandas.indexes.base": "pandas.core.indexes.base",
    "pandas.indexes.range": "pandas.core.indexes.range",
}


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize(
    "options", [{}, {"memo": "all"}, {"homes": NEW_HOMES}], ids=["c", "all", "new homes"]
)
def test_a_table_of_an_old_pandas(tmp_path, options, order):
    maps = [np.array(m, order=order) for m in MAPS]
    found = old_pandas.read(tmp_path / "t.pkl", old_pandas.dumps(old_pandas.wm811k(maps, TYPES), **options))
    names = ["waferMap", "dieSize", "lotName", "waferIndex", "trianTestLabel", "failureType"]
    assert list(found) == names
    assert all(same(a, b) for a, b in zip(found["waferMap"], MAPS, strict=True))
    assert found["lotName"] == ["lot1"] * 3
    assert found["dieSize"] == [4, 4, 600]
    assert found["waferIndex"] == [1, 2, 3]
    assert [v.tolist() for v in found["failureType"]] == [[["Loc"]], [], [["none"]]]
    assert found["trianTestLabel"][1].shape == (0, 0)


def test_the_bytes_are_what_numpy_and_pandas_read():
    """The bytes that all tests here rest on mean the same to pickle, numpy and pandas of today."""

    class Today(pickle.Unpickler):
        def find_class(self, module, name):
            if name in ("DataFrame", "BlockManager"):  # their states are another today
                return type(name, (), {"__setstate__": lambda self, state: setattr(self, "state", state)})
            return super().find_class(
                {**NEW_HOMES, "pandas.core.internals": module}.get(module, module), name
            )

    pickled = old_pandas.dumps(old_pandas.wm811k(MAPS, TYPES))
    manager = Today(io.BytesIO(pickled), encoding="latin1").load().state["_data"].state
    axes, (numbers, objects), _, extra = manager
    assert list(axes[0])[:2] == ["waferMap", "dieSize"]
    assert list(axes[1]) == [0, 1, 2]
    assert numbers.tolist() == [[4, 4, 600], [1, 2, 3]]
    assert objects.shape == (4, 3)
    assert all(same(a, b) for a, b in zip(objects[0], MAPS, strict=True))
    assert objects[1, 0] == "lot1"
    assert objects[3, 2].tolist() == [["none"]]
    first, second = extra["0.14.1"]["blocks"]
    assert first["values"] is numbers
    assert second["values"] is objects
    assert second["mgr_locs"].tolist() == [0, 2, 4, 5]


@pytest.mark.parametrize("protocol", [3, 4])
@pytest.mark.parametrize(
    "value",
    [
        *(np.arange(6).reshape(2, 3).astype(t) for t in "?bBhHiIlLefd"),
        np.arange(6, dtype=">i4").reshape(3, 2, order="F"),
        np.asfortranarray(np.arange(600.0).reshape(20, 30)),
        np.array([["Edge-Loc", "µ€😀"]]),
        np.array([["a"]], ">U3"),
        np.array([[b"Loc", b""]]),
        np.zeros((0, 0)),
        np.zeros((0, 5), "U1"),
        np.float64(3.5),
        np.uint8(7),
        np.str_("lot47542"),
        np.bytes_(b"lot"),
        None, True, False, 0, 255, 256, 65536, -1, 2**31, -(2**40), 1e-300, "", "µ", [], [1, [2]], (), (1,),
        (1, 2, 3, 4), {}, {"a": 1, "b": [None]},
    ],
    ids=repr,
)  # fmt: skip
def test_values_as_todays_numpy_writes_them(value, protocol):
    pickled = pickle.dumps(value, protocol)
    found = read_pickle(pickled, NAMES)
    if isinstance(value, np.ndarray):
        table = Table.__new__(Table)
        table.data = pickled
        assert same(table.values(found), value)
    else:
        assert same(found, value.item() if isinstance(value, np.generic) else value)


def test_objects_in_an_array_keep_their_order():
    array = np.array([["a", None, 1], [2.5, "b", True]], object)
    for order in "CF":
        found = read_pickle(pickle.dumps(np.array(array, order=order), 4), NAMES)
        assert (found.shape, found.content) == ((2, 3), ["a", None, 1, 2.5, "b", True])


def test_only_what_is_asked_for_again_is_remembered():
    pickled = old_pandas.dumps(old_pandas.wm811k(MAPS * 200, TYPES * 200), memo="all")
    assert pickled.count(b"r") > 5_000  # instructions that number a value
    assert len(_pickle_scan.scan(pickled, lambda position: None)) < 50


def test_progress_counts_both_runs(tmp_path):
    path = tmp_path / "t.pkl"
    path.write_bytes(old_pandas.dumps(old_pandas.wm811k(MAPS * 1000, TYPES * 1000)))
    seen = []
    with open_table(path, seen.append):
        pass
    assert seen == sorted(seen)
    assert seen[0] < path.stat().st_size < seen[-1] <= 2 * path.stat().st_size


def test_every_known_instruction_is_built():
    assert {n.removeprefix("op_").upper() for n in dir(_Machine) if n.startswith("op_")} == _pickle_scan.KNOWN


# --- almost such tables


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "is empty"),
        (b"<html>not found</html>", "no pickle of protocol 2, 3 or 4"),
        (b"\x80\x05N.", "no pickle of protocol"),
        (GOOD + b"N.", "2 bytes after its end"),
        (b"\x80\x02N.", "type NoneType where Parts belongs"),
        (pickle.dumps([1, 2], 2), "type list where Parts belongs"),
        (b"\x80\x02" + b"cpandas.core.frame\nDataFrame\n" + b")\x81}b.", "holds no DataFrame .KeyError"),
    ],
)
def test_other_files(tmp_path, content, match):
    path = tmp_path / "x.pkl"
    path.write_bytes(content)
    with pytest.raises(RefusedError, match=rf"x\.pkl.*{match}"), open_table(path):
        pass


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        (b"U\x060.14.1", b"U\x060.14.2", "holds no DataFrame"),
        (b"U\x06values", b"U\x06volues", "holds no DataFrame"),
        (b"U\x07dieSize", b"U\x07lotName", "twice"),
        (b"K\x01K\x04K\x02\x87R", b"K\x00K\x03K\x02\x87R", "twice"),
        (b"K\x01K\x04K\x02\x87R", b"K\x01K\x03K\x02\x87R", r"a block of shape \(2, 3\) for 1 columns"),
    ],
)
def test_a_table_whose_parts_do_not_fit(tmp_path, old, new, match):
    assert old in GOOD
    with pytest.raises(RefusedError, match=match):
        old_pandas.read(tmp_path / "t.pkl", GOOD.replace(old, new))
