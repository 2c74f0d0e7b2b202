"""The tiny maps are what their names say, by NPFC's own results."""

import numpy as np
import pytest

from semlib.wafer.npfc import npfc
from semlib.wafer.tiny_maps import TINY_MAPS, tiny_map


@pytest.mark.parametrize("name", TINY_MAPS)
def test_each_is_a_round_wafer(name):
    wafer_map = tiny_map(name)
    assert wafer_map.dtype == np.uint8
    assert set(np.unique(wafer_map)) == {0, 1, 2}
    assert (wafer_map[[0, 0, -1, -1], [0, -1, 0, -1]] == 0).all()
    assert ((wafer_map == 0) == (wafer_map == 0)[::-1, ::-1]).all()


def test_definitions_has_two_clusters_a_single_and_a_twin():
    result = npfc(tiny_map("definitions"))
    assert np.bincount(result.preliminary[result.preliminary >= 0]).tolist() == [8, 5]
    assert np.argwhere(result.noise).tolist() == [[6, 9], [9, 3], [10, 4]]


@pytest.mark.parametrize(
    ("name", "gap"), [("gap 2", 2), ("gap √8", 8**0.5), ("gap 3", 3), ("gap √10", 10**0.5)]
)
def test_gaps(name, gap):
    result = npfc(tiny_map(name))
    first, second = (np.argwhere(result.preliminary == k) for k in (0, 1))
    assert np.hypot(*(first[:, None] - second).transpose(2, 0, 1)).min() == pytest.approx(gap)
    assert result.merged.max() + 1 == (1 if gap <= 8**0.5 else 2)


@pytest.mark.parametrize("case", range(1, 6))
def test_radius_cases(case):
    (made,) = npfc(tiny_map(f"case {case}"), num_range=(2, 2)).decisions
    assert made.cases[0] == case
    assert made.alpha[0] == (case != 4)


@pytest.mark.parametrize(
    ("name", "f1", "f2", "into", "overlaps"),
    [
        ("f1 = 0", 0, 1, None, False),
        ("f1 = 0, too far", 0, 0, None, True),
        ("f1 = 1", 1, 1, 0, True),
        ("f1 = 2, f2 = 0", 2, 0, None, True),
        ("f1 = 2, f2 = 1", 2, 1, 0, True),
    ],
)
def test_rules(name, f1, f2, into, overlaps):
    (made,) = npfc(tiny_map(name), num_range=(2, 2)).decisions
    assert (len(made.f1), len(made.f2), made.into) == (f1, f2, into)
    assert any(made.alpha) == overlaps


def test_whole_has_every_step():
    result = npfc(tiny_map("whole"))
    assert result.noise.any()
    assert result.merged.max() < result.preliminary.max()
    assert len(result.scores) == 4
    assert {made.verdict for made in result.decisions} == {"merged", "removed"}


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="name='ring' is none of definitions, whole"):
        tiny_map("ring")
