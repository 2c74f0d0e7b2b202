"""Controls beside one clustering: shares by hand, and a shortcut that is planted and must be found."""

import numpy as np
import pytest

from semlib.sem.shortcuts import explained_share, shortcut_table, shortcut_warnings

NAMES = ["encoder", "grey", "noise"]


def test_explained_share_by_hand():
    # Values 0, 2 | 10, 12, mean 6. All: 36 + 16 + 16 + 36 = 104 over 3. Within: 4 · 1 over 2.
    assert explained_share([0, 2, 10, 12], [5, 5, 1, 1]) == pytest.approx(1 - (4 / 2) / (104 / 3))
    # A second column that the groups know nothing of: 0, 2 | 0, 2. All: 4; within: 4. Pooled: 8/2, 108/3.
    x = [[0, 0], [2, 2], [10, 0], [12, 2]]
    assert explained_share(x, ["b", "b", "a", "a"]) == pytest.approx(1 - (8 / 2) / (108 / 3))


def test_explained_share_is_about_0_by_chance_and_1_for_the_groups_themselves():
    rng = np.random.default_rng(0)
    groups = np.arange(60) % 6
    chance = [explained_share(rng.normal(size=60), groups) for _ in range(400)]
    assert abs(np.mean(chance)) < 0.02  # without the degrees of freedom it would be 5/59
    assert explained_share(groups * 2.5, groups) == 1


def test_explained_share_does_not_depend_on_origin_scale_or_order():
    rng = np.random.default_rng(1)
    x, groups, order = rng.normal(size=(30, 2)), rng.integers(0, 4, 30), rng.permutation(30)
    share = explained_share(x, groups)
    assert explained_share(7 * x[order] + 100, groups[order]) == pytest.approx(share)


@pytest.mark.parametrize(("x", "groups"), [([3, 3, 3], [0, 0, 1]), ([1, 2, 3], [0, 1, 2])])
def test_explained_share_is_undefined_where_there_is_nothing_to_explain(x, groups):
    assert np.isnan(explained_share(x, groups))


def test_explained_share_refuses():
    with pytest.raises(ValueError, match=r"clusters has shape \(2,\); pass one value for each of 3"):
        explained_share([1, 2, 3], [0, 1])
    with pytest.raises(ValueError, match="features holds NaN"):
        explained_share([1, np.nan, 3], [0, 1, 1])


@pytest.fixture(scope="module")
def planted():
    """Features that hold the grey of three lots; a control that measures it, one that does not; labels."""
    rng = np.random.default_rng(0)
    lot = np.repeat([0, 1, 2], 20)
    grey = lot + rng.normal(0, 0.02, 60)
    features = {
        "encoder": np.column_stack([grey, 0.2 * rng.normal(size=60)]),
        "grey": grey[:, None],
        "noise": rng.normal(size=(60, 8)),
    }
    return features, lot, rng.integers(0, 2, 60)


def test_a_planted_shortcut_is_found(planted):
    features, lot, labels = planted
    facts = {"lot": [f"lot {i}" for i in lot], "type": ["png"] * 60, "labels": labels}
    table = shortcut_table(features, facts=facts, k=3)
    assert list(table.index) == [*NAMES, "lot", "labels"]  # all files are png: nothing to tell
    assert list(table.columns) == ["silhouette", "explained", "same_clusters"]
    assert table.loc["grey", "explained"] > 0.99
    assert table.loc[["encoder", "grey", "lot"], "same_clusters"].tolist() == pytest.approx([1, 1, 1])
    assert table.loc[["noise", "labels"], "same_clusters"].abs().max() < 0.15
    assert table.loc["noise", "explained"] < 0.15
    assert table.loc["lot", ["silhouette", "explained"]].isna().all()
    grey, lots = shortcut_warnings(table)
    assert grey.startswith("grey does as well (silhouette 0.9")
    assert "explain 100% of its differences, and agree with its own groups, AMI 1.00" in grey
    assert lots.startswith("lot is what the clusters follow (they agree with its own groups, AMI 1.00)")


def test_labels_score_every_row_and_make_none(planted):
    features, lot, labels = planted
    plain = shortcut_table(features, facts={"lot": lot}, k=3)
    scored = shortcut_table(features, labels, facts={"lot": lot}, k=3)
    assert scored.drop(columns="nmi").equals(plain)
    assert scored.nmi.between(0, 0.1).all()
    true = shortcut_table(features, lot, k=3)
    assert true.nmi[["encoder", "grey"]].tolist() == pytest.approx([1, 1])
    assert "NMI with the labels 1.00, encoder 1.00" in shortcut_warnings(true)[0]


def test_no_doubt_no_warning(planted):
    features, _, _ = planted
    only = {name: features[name] for name in ("encoder", "noise")}
    assert shortcut_warnings(shortcut_table(only, k=3)) == []


@pytest.mark.parametrize(
    ("silhouette", "doubt"), [(0.47, False), (0.485, True), (0.6, True), (np.nan, False)]
)
def test_as_good_means_within_two_hundredths(planted, silhouette, doubt):
    table = shortcut_table({name: planted[0][name] for name in ("encoder", "noise")}, k=3)
    table["silhouette"] = [0.5, silhouette]
    assert bool(shortcut_warnings(table)) is doubt
