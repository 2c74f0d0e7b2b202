"""Results in words: one die's account, the warnings, the map's account in the practical mode."""

import warnings

import numpy as np
import pytest

from semlib.wafer.npfc import npfc
from semlib.wafer.tiny_maps import tiny_map

# Core 0 of 6 dies left, core 1 of 5 right, cluster 2 of 3 below the centre, a twin, a single die, no die.
THREE = np.ones((11, 15), np.uint8)
THREE[1:4, 1:3] = THREE[1:4, 12] = THREE[2:4, 13] = 2
THREE[5, 7] = THREE[6, 6:8] = 2
THREE[9, 10:12] = THREE[5, 0] = 2
THREE[0, 0] = 0


@pytest.fixture(scope="module")
def result():
    return npfc(THREE, num_range=(2, 2))


@pytest.mark.parametrize(
    ("row", "column", "lines"),
    [
        (0, 0, ["Row 0, column 0: no die."]),
        (0, 1, ["Row 0, column 1: a good die."]),
        (
            5,
            0,
            [
                "Row 5, column 0: defective, removed as noise. No defective die touches it; "
                "groups of up to 2 are noise."
            ],
        ),
        (
            9,
            11,
            [
                "Row 9, column 11: defective, removed as noise. It is one of 2 dies that touch; "
                "groups of up to 2 are noise."
            ],
        ),
        (
            1,
            1,
            [
                "Row 1, column 1: defective, kept in label 0.",
                "Cluster 0 (6 dies) is a core: one of the Num = 2 largest.",
            ],
        ),
    ],
)
def test_short_accounts_of_a_die(result, row, column, lines):
    assert result.explain_die(row, column).splitlines() == lines


def test_a_removed_die_shows_every_number(result):
    # as in test_npfc: nDist 5 and sqrt(29), fDist sqrt(61) and sqrt(65); both cores are case 4
    lines = result.explain_die(6, 6).splitlines()
    assert lines[0] == "Row 6, column 6: defective, removed."
    assert (
        lines[1] == "Cluster 2 (3 dies, radius 0.0-1.4): removed. Its radius range overlaps that of no core."
    )
    assert lines[2].startswith(
        "  Core 0: case 4, wholly outside it (alpha = 0); nDist = 5.00, fDist = 7.81, mDist = "
    )
    assert lines[3].startswith("  Core 1: case 4")
    assert f"R = {result.radius:.2f}" in lines[2]
    assert f"Den = {result.decisions[0].den[0]:.4g}" in lines[2]
    assert lines[4] == "  f1, cores that qualify: none. f2, the best in all: 0."  # which does not help
    assert len(lines) == 5


def test_an_account_compares_mdist_with_r():
    result = npfc(tiny_map("f1 = 0, too far"), num_range=(2, 2))
    (made,) = result.decisions
    assert made.m_dist[0] >= result.radius
    (line,) = [line for line in result.explain_die(13, 1).splitlines() if line.startswith("  Core 0")]
    assert f"mDist = {made.m_dist[0]:.2f} (not below R = " in line
    assert "(below R = " in npfc(tiny_map("f1 = 1"), num_range=(2, 2)).explain_die(2, 14)


def test_a_merged_die_names_its_core_and_its_label():
    wafer_map = np.ones((21, 21), np.uint8)
    wafer_map[8:10, 8:13] = 2  # core 0, 10 dies, which ends as label 1
    wafer_map[17:20, 9:12] = 2  # core 1, 9 dies, with 3 more label 0
    wafer_map[15, 3:6] = 2
    account = npfc(wafer_map, num_range=(2, 2)).explain_die(15, 3)
    assert "kept in label 0." in account
    assert "merged into core 1. Core 1 alone overlaps" in account
    assert "f1, cores that qualify: 1." in account


def test_the_pre_merge_is_told():
    wafer_map = np.ones((9, 9), np.uint8)
    wafer_map[1, 1:4] = wafer_map[3, 1:5] = 2
    account = npfc(wafer_map).explain_die(1, 1)
    assert "Pre-merge: its 3 touching dies are in cluster 0 of 7 dies." in account
    assert account.endswith("Cluster 0 (7 dies) is a core: it is the only cluster left.")


def test_the_practical_mode_names_its_floor():
    result = npfc(THREE, mode="practical", min_dies=5)
    assert "Num = 2: the clusters of at least 5 dies." in result.explain()
    assert result.explain_die(1, 1).endswith("is a core: it reaches the size floor of 5 dies.")
    account = result.explain_die(6, 6).splitlines()
    assert account[1].endswith("removed. It has fewer dies than the size floor of 5.")
    assert len(account) == 2  # no core was asked


@pytest.mark.parametrize("mode", ["paper", "practical"])
def test_every_die_has_an_account_that_fits_the_filtered_map(mode):
    result = npfc(THREE, mode=mode)
    for (row, column), before in np.ndenumerate(THREE):
        account = result.explain_die(row, column)
        after = result.filtered[row, column]
        assert ("removed" in account.splitlines()[0]) == (before == 2 and after == 1)
        assert ("kept" in account.splitlines()[0]) == (after == 2)
        assert ("good die" in account) == (before == 1)


@pytest.mark.parametrize(
    ("row", "column", "match"),
    [
        (11, 0, "row=11, column=0 lies outside the map of 11 x 15"),
        (0, -1, "outside the map"),
        (0.5, 1, "row=0.5 and column=1 must be whole numbers"),
    ],
)
def test_places_outside_are_refused(result, row, column, match):
    with pytest.raises(ValueError, match=match):
        result.explain_die(row, column)


def test_warnings_are_a_field_and_part_of_the_account_but_no_python_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = npfc(THREE, num_range=(2, 2), large=3)
    (text,) = result.warnings
    assert text == "cluster 2 of 3 dies was removed. Its radius range overlaps that of no core."
    assert result.explain().endswith("Warning: " + text)
    assert npfc(THREE, num_range=(2, 2), large=4).warnings == ()


def test_a_merged_cluster_gives_no_warning():
    wafer_map = np.ones((21, 21), np.uint8)
    wafer_map[8:10, 8:13] = wafer_map[17:20, 9:12] = wafer_map[15, 3:6] = 2
    result = npfc(wafer_map, num_range=(2, 2), large=1)
    assert [made.verdict for made in result.decisions] == ["merged"]
    assert result.warnings == ()


def test_a_large_group_that_goes_as_noise_is_named():
    result = npfc(THREE, noise_size=5, large=4)
    assert result.warnings == ("a group of 5 dies was removed as noise, for noise_size is 5.",)
    assert npfc(THREE, noise_size=5, large=6).warnings == ()
