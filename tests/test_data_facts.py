"""The facts on the data cards are what a hand count gives on tiny data."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
from data_facts import (
    border_widths,
    examples,
    groupings,
    image_facts,
    initials,
    label_facts,
    map_facts,
    repeats,
)

from semlib.plots.data_cards import example_rows
from semlib.registry import CARINTHIA, WM811K
from semlib.wafer.data import MIXEDWM38_PATTERNS

# H of 3 and 1 in 4: 3/4 ln(4/3) + 1/4 ln 4 = 0.21576 + 0.34657; then 2 H / (H + ln 2)
ENTROPY, CEILING = 0.562335, 0.895807


@pytest.mark.parametrize(
    ("counts", "k", "entropy", "ceiling"),
    [
        ({"a": 3, "b": 1}, 2, ENTROPY, CEILING),
        ({"a": 5, "b": 5}, 2, 0.693147, 1),
        ({"a": 0}, 2, None, None),
        ({"a": 5, "b": 5, "c": 0}, 3, 0.693147, 0.773706),  # 2 ln 2 / (ln 2 + ln 3)
    ],
)
def test_entropy_and_ceiling(counts, k, entropy, ceiling):
    facts = label_facts(counts, k)
    assert facts == {
        "classes": counts,
        "entropy": pytest.approx(entropy, abs=2e-6),
        "clusters": k,
        "nmi_ceiling": pytest.approx(ceiling, abs=2e-6),
    }


def test_the_reported_ceiling_is_that_of_the_paper_page():
    # 0.512 nats and 0.444 stand in the facts that were gathered by hand
    [grouping] = groupings(CARINTHIA, CARINTHIA.classes)
    assert (round(grouping["entropy"], 3), round(grouping["nmi_ceiling"], 3)) == (0.512, 0.444)


def test_groupings_leave_out_the_maps_without_a_pattern():
    everything, patterns = groupings(WM811K, WM811K.classes)
    assert (everything["clusters"], patterns["clusters"]) == (9, 8)
    assert "none" not in patterns["classes"]
    assert patterns["entropy"] > 2 * everything["entropy"]  # most labels are none


@pytest.mark.parametrize(
    ("groups", "unique", "copies", "block"),
    [
        ([0, 1, 2], 3, 0, None),
        ([0, 0], 1, 1, None),  # one copy is no run
        ([0, 1, 2, 0, 1, 3], 4, 2, {"rows": [3, 4], "repeat": [0, 1]}),
        ([0, 1, 0, 2, 0, 1, 2], 3, 4, {"rows": [4, 5], "repeat": [0, 1]}),  # row 6 repeats row 3, not row 2
        ([0, 1, 1, 0], 2, 2, None),  # two copies in another order
        ([0, 1, 2, 3, 1, 2, 3, 0, 1], 4, 5, {"rows": [4, 6], "repeat": [1, 3]}),
    ],
)
def test_copies(groups, unique, copies, block):
    facts = repeats(np.array(groups), ["a"] * len(groups))
    assert (facts["unique"], facts["copies"], facts["longest_block"]) == (unique, copies, block)


def test_equal_items_with_different_labels():
    facts = repeats(np.array([0, 0, 1, 1, 2, 2, 2]), ["a", "b", "a", "a", "b", "a", "b"])
    assert facts["several_labels"] == {"a and b": 2}
    assert facts["largest_group"] == 3


def test_black_border():
    image = np.full((6, 8), 100, np.uint8)
    image[:, -3:] = 2
    image[0] = 0
    assert border_widths(image) == {"left": 0, "right": 3, "top": 1, "bottom": 0}
    assert border_widths(np.zeros((2, 3), np.uint8))["left"] == 3


def test_facts_of_maps():
    maps = [np.array([[0, 1, 1], [2, 1, 0]]), np.array([[2, 2], [0, 0]]), np.array([[1, 1], [1, 1]])]
    facts = map_facts(maps, ["a", "b", "a"])
    assert facts["shapes"] == 2
    assert facts["smallest_median_largest"] == [[2, 2], [2, 2], [2, 3]]
    assert facts["most_common"][0] == [2, 2, 2]
    assert facts["dies"] == [2, 4.0, 4]
    assert facts["maps_without_defect"] == 1
    assert facts["by_class"]["b"] == {"dies": [2, 2, 2], "defect_rate": [1, 1, 1]}
    assert facts["by_class"]["a"]["defect_rate"] == [0.025, 0.125, 0.225]  # of 1/4 and 0


def test_facts_of_images():
    ramp = np.tile(np.arange(52, dtype=np.uint8), (52, 1)) + 100  # its last 8 columns are 44 above the first
    facts = image_facts([ramp, ramp[:, ::-1]], ["a", "b"])
    assert facts["sizes"] == [[52, 52, 2]]
    assert facts["grey"] == [100, 151]
    assert facts["by_class"]["a"]["left_right"] == [44, 44, 44]
    assert facts["by_class"]["b"]["left_right"] == [-44, -44, -44]
    assert "by_class" not in image_facts([ramp[:20]], ["a"])  # no look of images that are not square


def test_examples_are_different_and_of_their_class():
    items, names = [10, 10, 11, 12, 20], ["a", "a", "a", "a", "b"]
    groups = np.array([0, 0, 1, 2, 3])
    assert examples(items, names, groups, ["b", "a", "c"], 5) == {"b": [20], "a": [10, 11, 12]}
    assert len(examples(items, names, groups, ["a"], 2)["a"]) == 2


@pytest.mark.parametrize("maps", [True, False])
def test_picture_has_a_row_a_class(maps):
    figure = example_rows(
        {"a": [np.ones((3, 3), int)] * 2, "b": [np.ones((9, 2), int)] * 5}, maps=maps, source="x", columns=3
    )
    assert sum(len(ax.images) for ax in figure.axes) == 2 + 3  # no more than there are columns
    assert [text.get_text() for ax in figure.axes for text in ax.texts] == ["a", "b"]


def test_short_names_of_patterns_are_unique():
    assert [initials(name) for name in MIXEDWM38_PATTERNS] == ["C", "D", "EL", "ER", "L", "NF", "S", "R"]
