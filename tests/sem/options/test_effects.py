"""Ranges and rankings by hand, and a record that gives back what it was given."""

import json

import pandas as pd
import pytest

from semlib.sem.options.effects import by_value, from_record, ranges, rankings, to_record
from semlib.sem.options.open_points import MEAN_GREY, SSL

DEFAULT = {"GLCM": 0.40, "LBP": 0.30, "Wavelet": 0.45, "PCA": 0.20, SSL: 0.50, MEAN_GREY: 0.48}


def row(option, value, method, silhouette, nmi=0.2, seed=-1, default=False):
    return {
        "option": option,
        "value": value,
        "is_default": default,
        "method": method,
        "seed": seed,
        "silhouette": silhouette,
        "nmi": nmi,
        "ami": 0.1,
        "ari": 0.0,
    }


@pytest.fixture
def frame():
    """SSL leads; 16 grey levels put GLCM first, and whatever crop, the controls and seeds do is below."""
    rows = [row("default", "", m, s, default=True) for m, s in DEFAULT.items() if m != SSL]
    rows += [row("default", "", SSL, s, seed=i, default=True) for i, s in enumerate((0.49, 0.51))]
    rows += [row("levels", "256", "GLCM", 0.40, default=True), row("levels", "16", "GLCM", 0.60, 0.5)]
    rows += [row("levels", "8", "GLCM", 0.20, 0.1)]
    rows += [row("border", "4 px", m, s, default=True) for m, s in DEFAULT.items()]
    rows += [row("border", "0 px", m, s - 0.1) for m, s in DEFAULT.items() if m not in (SSL, MEAN_GREY)]
    rows += [row("border", "0 px", SSL, s, seed=i) for i, s in enumerate((0.42, 0.44))]
    rows += [row("border", "0 px", MEAN_GREY, 0.43)]
    rows += [row("average", "arithmetic", "PCA", 0.20, default=True), row("average", "min", "PCA", 0.2, 0.9)]
    return pd.DataFrame(rows)


def test_by_value_is_the_mean_over_seeds(frame):
    means = by_value(frame).set_index(["option", "value", "method"])
    assert means.silhouette["border", "0 px", SSL] == pytest.approx(0.43)
    assert means.silhouette["default", "", SSL] == pytest.approx(0.50)
    assert "seed" not in means


def test_ranges_by_hand(frame):
    table = ranges(frame)
    assert list(table.index) == ["levels", "border"]  # the largest first; NMI's mean moves no silhouette
    assert table.loc["levels", "GLCM"] == pytest.approx(0.4)
    assert table.loc["levels"].notna().sum() == 1
    assert table.loc["border", SSL] == pytest.approx(0.07)
    assert ranges(frame, "nmi").loc["average", "PCA"] == pytest.approx(0.7)
    assert list(ranges(frame, "nmi").index) == ["average", "levels", "border"]


def test_ranges_refuse_a_score_that_is_not_there(frame):
    with pytest.raises(ValueError, match="score='nmi' is unknown here; choose from silhouette"):
        ranges(frame.drop(columns=["nmi", "ami", "ari"]), "nmi")


def test_rankings_by_hand(frame):
    table = rankings(frame)
    assert list(table.index) == [("default", ""), ("levels", "16"), ("levels", "8"), ("border", "0 px")]
    default, many, few, crop = (table.iloc[i] for i in range(4))
    assert default.order == f"{SSL} > Wavelet > GLCM > LBP > PCA"
    assert many.order == f"GLCM > {SSL} > Wavelet > LBP > PCA"
    # 0.20 again: the tie with PCA is broken in the order of the methods
    assert few.order == f"{SSL} > Wavelet > LBP > GLCM > PCA"
    assert table.changed.tolist() == [False, True, True, False]
    assert table.ssl_first.tolist() == [True, False, True, True]
    assert table["first"].tolist() == [SSL, "GLCM", SSL, SSL]
    assert table.control_above.tolist() == [False, False, False, True]  # 0.43 and 0.43 is not below
    assert crop[SSL] == pytest.approx(0.43)


def test_options_of_controls_only_do_not_rank(frame):
    more = pd.DataFrame([row("l2", "no", MEAN_GREY, 0.5, default=True), row("l2", "yes", MEAN_GREY, 0.9)])
    assert len(rankings(pd.concat([frame, more]))) == len(rankings(frame))


def test_rankings_need_all_five(frame):
    with pytest.raises(ValueError, match="frame lacks LBP; rankings need all of GLCM, LBP"):
        rankings(frame[frame.method != "LBP"])


def test_a_record_gives_back_the_frame(frame):
    frame.loc[3, "silhouette"] = float("nan")
    record = to_record(frame)
    assert record["default"][SSL][""] == {"0": [0.49, 0.2, 0.1, 0.0], "1": [0.51, 0.2, 0.1, 0.0]}
    assert record["default"]["PCA"][""]["-1"][0] is None
    back = from_record(record)
    keys = ["option", "value", "method", "seed"]
    pd.testing.assert_frame_equal(
        back.sort_values(keys, ignore_index=True)[list(frame)], frame.sort_values(keys, ignore_index=True)
    )
    pd.testing.assert_frame_equal(ranges(back), ranges(frame), check_like=True)


def test_the_order_is_that_of_the_options_whatever_the_file_has(frame):
    sorted_by_name = json.loads(json.dumps(to_record(frame), sort_keys=True))
    back = from_record(sorted_by_name)
    assert list(dict.fromkeys(back.option)) == ["default", "border", "levels", "average"]
    assert back[back.option == "levels"].value.tolist() == ["256", "16", "8"]
    assert list(dict.fromkeys(back.method)) == ["GLCM", "LBP", "Wavelet", "PCA", SSL, MEAN_GREY]


def test_a_record_without_labels(frame):
    bare = frame.drop(columns=["nmi", "ami", "ari"])
    assert set(from_record(to_record(bare))) == set(bare)
