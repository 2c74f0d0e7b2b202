"""Labels and tables are the same after a record in JSON as before."""

import ast
import json

import numpy as np
import pandas as pd
import pytest
from small_maps import draw

from semlib.wafer.records import beside_records, from_plain, labels_to_text, text_to_labels, to_plain

MAP = draw(" ##.", "#..#", "#.##")
LABELS = np.array([[-1, 0, 0, -1], [-1, -1, -1, 11], [1, -1, 11, 50]])


def test_labels_are_one_sign_a_defective_die():
    assert labels_to_text(MAP, LABELS) == "00-b1bz"
    found = text_to_labels(MAP, "00-b1bz")
    assert found.dtype == np.int32
    assert found.tolist() == [[-1, 0, 0, -1], [-1, -1, -1, 11], [1, -1, 11, 35]]


@pytest.mark.parametrize(
    ("text", "match"), [("00", "2 signs, the map 7 defective"), ("00-b1b?", "the sign '?'")]
)
def test_the_text_of_another_map_is_refused(text, match):
    with pytest.raises(ValueError, match=match.replace("?", r"\?")):
        text_to_labels(MAP, text)


def test_a_table_comes_back():
    table = pd.DataFrame(
        {("mae", "a"): [1, 2], ("snr", "b"): [np.inf, 1 / 3], ("x", "y"): [np.nan, -np.inf]},
        index=["(a)", "(b)"],
    )
    plain = to_plain(table)
    assert plain["data"] == [[1, "inf", None], [2, 0.3333333, "-inf"]]
    again = from_plain(json.loads(json.dumps(ast.literal_eval(repr(plain)))))  # as nb.py records it
    pd.testing.assert_frame_equal(again, table, rtol=1e-6)


def test_whole_numbers_words_and_pairs_of_lines():
    table = pd.DataFrame(
        {2: [3, 4], "Num": ["x", "y"]}, index=pd.MultiIndex.from_product([["a"], ["b", "c"]])
    )
    again = from_plain(json.loads(json.dumps(to_plain(table))))
    pd.testing.assert_frame_equal(again, table)


def test_what_a_dictionary_holds_of_tables():
    run = {
        "tables": {2: pd.DataFrame({"a": [1.5]})},
        "none": None,
        "list": [np.float64(0.25), np.int64(3), "x"],
    }
    again = from_plain(json.loads(json.dumps(to_plain(run))))
    pd.testing.assert_frame_equal(again.pop("tables")["2"], run["tables"][2])
    assert again == {"none": None, "list": [0.25, 3, "x"]}


def test_records_stand_beside_what_a_page_computed_only_with_its_own_maps():
    def read(name):
        return (
            {"values": {"part": {"x": 2}}, "provenance": {"commit": "c"}} if name == "page_wm811k" else None
        )

    runs, provenance = beside_records({"x": 1}, read, "page", "part", dataset=None)
    assert runs == {"twin": {"x": 1}, "WM-811K": {"x": 2}}
    assert provenance == {"WM-811K": {"commit": "c"}}
    assert beside_records({"x": 1}, read, "page", "part", dataset="wm811k") == ({"WM-811K": {"x": 1}}, {})
    assert beside_records({"x": 1}, read, "page", "part", dataset="my.npz") == ({"these maps": {"x": 1}}, {})
