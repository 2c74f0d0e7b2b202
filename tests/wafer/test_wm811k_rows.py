"""What the rows of WM-811K may hold: labels in many forms, maps of any size, and what is no map."""

import pickle

import numpy as np
import old_pandas
import pytest
from old_pandas import dumps, nested
from wafer_files import same
from wm811k_made import MAP, MAPS, TYPES, at_home, known, opened, table

from semlib.wafer import _wm811k_convert

__all__ = ["at_home"]


def boxed(value):
    """A MATLAB cell that holds something."""
    box = np.empty((1, 1), object)
    box[0, 0] = value
    return box


LABELS = [
    (nested("Loc"), "Loc"),
    (np.asfortranarray(nested("Loc")), "Loc"),
    (np.array([["Loc"]], object), "Loc"),
    (boxed(np.array(["Loc"])), "Loc"),
    (boxed(nested(None)), None),
    (np.array([["Loc"]], ">U8"), "Loc"),
    (np.array([[b"Loc"]]), "Loc"),
    (np.array(["Loc"]), "Loc"),
    ([["Loc"]], "Loc"),
    ("Loc", "Loc"),
    (b"Loc", "Loc"),
    (np.str_("Loc"), "Loc"),
    (nested("edge_ring"), "Edge-Ring"),
    (nested("Edge Loc "), "Edge-Loc"),
    (nested("None"), "none"),
    (nested("Near-Full"), "Near-full"),
    (nested(None), None),
    (np.zeros((0, 0), "U1"), None),
    (np.zeros((0, 0), object), None),
    (np.zeros(0), None),
    (nested(""), None),
    ([], None),
    ([[]], None),
    ("", None),
    (None, None),
    (float("nan"), None),
]


def test_labels_in_all_forms(at_home):
    values, names = zip(*LABELS, strict=True)
    maps = opened(at_home, table([MAP] * len(LABELS), [None] * len(LABELS), failureType=list(values)))
    assert known(maps.table["failure_type"]) == list(names)
    assert maps.patterns.sum(axis=1).tolist() == [int(name is not None) for name in names]


@pytest.mark.parametrize(
    ("column", "value", "match"),
    [
        ("failureType", nested("Blob"), r"own\.pkl: row 1: failureType is 'Blob'; known are Center, Donut"),
        ("failureType", np.array([["Loc", "Donut"]]), "row 1: failureType is a value of type list, not text"),
        ("failureType", 3, "row 1: failureType is a value of type int, not text"),
        ("failureType", [[[[["Loc"]]]]], "row 1: failureType is a value of type list"),
        ("trianTestLabel", nested("Validation"), "trianTestLabel is 'Validation'; known are Training, Test"),
        ("lotName", 7, "row 1: lotName is a value of type int"),
        ("dieSize", "many", "row 1: dieSize is a value of type str, not a number"),
    ],
)
def test_other_labels_are_named(at_home, column, value, match):
    columns = old_pandas.wm811k([MAP] * 3, [None] * 3)
    columns[column] = list(columns[column])
    columns[column][1] = value
    with pytest.raises(ValueError, match=match):
        opened(at_home, dumps(columns))
    assert not list((at_home / "data").rglob("*maps-*"))


def test_a_label_that_holds_itself_ends(at_home):
    def loop(w):
        w.write(b"]")
        w.put("loop")
        w.known("loop")
        w.write(b"a")

    with pytest.raises(ValueError, match="row 1: failureType is a value of type list, not text"):
        opened(at_home, table(failureType=[None, loop, None, None, None]))


def test_numbers_are_whole_where_they_can_be(at_home):
    sizes = [4, 4.5, None, float("nan"), 1]
    maps = opened(at_home, table(waferIndex=np.array([1.0, 2, 3, 4, 25]), dieSize=sizes))
    assert maps.table["wafer_index"].dtype == np.int64
    assert maps.table["wafer_index"].tolist() == [1, 2, 3, 4, 25]
    assert maps.table["die_size"].dtype == np.float64
    assert known(maps.table["die_size"]) == [4, 4.5, None, None, 1]


@pytest.mark.parametrize("value", [float("inf"), 2.0**70])
def test_numbers_that_are_no_counts_stay_as_they_are(at_home, value):
    maps = opened(at_home, table(dieSize=[value, 1, 1, 1, 1]))
    assert maps.table["die_size"].tolist() == [value, 1, 1, 1, 1]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", ">i4", "i8", "f4", "f8"])
def test_maps_of_any_type_and_order(at_home, dtype, order):
    assert same(opened(at_home, table([np.array(m, dtype, order=order) for m in MAPS])), MAPS)


BAD = [
    (np.zeros((2, 3), np.uint8), "holds no die"),
    (np.full((2, 3), 3, np.uint8), r"holds 3 \(6x\)"),
    (np.full((2, 3), -1, np.int16), "holds -1"),
    (np.full((2, 3), 1.5), r"holds 1\.5"),
    (np.full((2, 3), np.nan), "holds nan"),
    (np.zeros((0, 0)), r"an array \(0, 0\)"),
    (np.ones(3, np.uint8), r"an array \(3,\)"),
    (np.ones((2, 2), bool), "of bool"),
    (np.array([["1"]]), "of <U1"),
    (np.array([[1]], object), "of object"),
    ([[1, 2]], "a value of type list"),
    (None, "a value of type NoneType"),
]


@pytest.mark.parametrize(("bad", "why"), BAD, ids=[why for _, why in BAD])
def test_rows_without_a_map_are_left_out_and_said(at_home, monkeypatch, bad, why):
    columns = old_pandas.wm811k(MAPS, TYPES) | {"waferMap": [*MAPS[:2], bad, *MAPS[3:]]}
    with pytest.raises(ValueError, match=rf"own\.pkl: 1 of 5 rows hold no wafer map; row 2: .*{why}"):
        opened(at_home, dumps(columns))
    monkeypatch.setattr(_wm811k_convert, "_MAX_REFUSED", 0.2)
    found = opened(at_home, dumps(columns))
    assert same(found, [*MAPS[:2], *MAPS[3:]])
    assert found.table["row"].tolist() == [0, 1, 3, 4]
    assert found.table["wafer_index"].tolist() == [1, 2, 4, 5]
    (note,) = found.notes
    assert note.startswith("1 row without a valid map left out: row 2 (waferMap ")
    assert note in repr(found)


def test_maps_in_many_chunks(at_home, monkeypatch):
    maps = [np.full((1 + i % 7, 1 + i % 5), 1 + i % 2, np.uint8) for i in range(200)]
    maps[150][...] = 0
    for chunk in (1, 10, 100, 10_000):
        monkeypatch.setattr(_wm811k_convert, "_CHUNK", chunk)
        found = opened(at_home, table(maps, [None] * 200, lots=[f"lot{chunk}"] * 200))
        assert same(found, maps[:150] + maps[151:])


def test_lots_in_their_order(at_home):
    maps = opened(at_home, table(lots=["lot9", "lot1", "lot9", "lot10", "lot1"]))
    assert maps.table["lot"].tolist() == ["lot9", "lot1", "lot9", "lot10", "lot1"]
    assert maps.table["lot"].cat.categories.tolist() == ["lot9", "lot1", "lot10"]


@pytest.mark.parametrize("left_out", ["waferMap", "failureType", "trianTestLabel", "lotName"])
def test_a_column_is_missing(at_home, left_out):
    with pytest.raises(ValueError, match=rf"own\.pkl: it has the columns .*; WM-811K also has {left_out}$"):
        opened(at_home, table(**{left_out: None}))


def test_a_table_without_rows(at_home):
    with pytest.raises(ValueError, match=r"own\.pkl: 0 of 0 rows hold no wafer map; row 0: there is none"):
        opened(at_home, table([], []))


def test_a_hostile_or_cut_pickle(at_home):
    class Evil:
        def __reduce__(self):
            return open, (str(at_home / "canary"), "w")

    for content in (pickle.dumps(Evil()), table()[:-300]):
        with pytest.raises(ValueError, match=r"own\.pkl is not read"):
            opened(at_home, content)
    assert not (at_home / "canary").exists()


def test_one_map_in_many_rows_makes_no_huge_file(at_home):
    """In a pickle, all rows can share one map's bytes."""

    def shared(w):
        w.array(np.full((300, 400), 1, np.uint8), key="one")

    with pytest.raises(ValueError, match="its maps have 240,000,000 dies, more than the file has bytes"):
        opened(at_home, table([shared] * 2000, [None] * 2000, dieSize=np.ones(2000)))
