"""The radius cases and the four rules, each set up by hand."""

import numpy as np
import pytest

from semlib.wafer.closeness import Relations, judge, radius_cases

R = 10.0


def _relations(ranges, n_dist=None, f_dist=None, m_dist=None, den=None):
    """Clusters with these radius ranges; distances are (cores, clusters) and cover all of them alike."""
    rmin, rmax = np.array(ranges, float).T
    shape = (2, len(ranges))
    near, far, mean, dense = (
        np.broadcast_to(default if table is None else np.array(table, float)[:, None], shape)
        for table, default in [(n_dist, 3.0), (f_dist, 9.0), (m_dist, 5.0), (den, 1.0)]
    )
    return Relations(np.arange(len(ranges), 0, -1) + 2, rmin, rmax, near, far, mean, dense, R)


@pytest.mark.parametrize(
    ("low", "high", "case"),
    [
        (6, 9, 1),
        (5, 10, 1),  # the same range
        (6, 12, 2),
        (10, 12, 2),  # touches from above
        (3, 7, 3),
        (3, 5, 3),  # touches from below
        (11, 12, 4),
        (1, 4, 4),
        (3, 12, 5),
    ],
)
def test_radius_case_to_a_core_from_5_to_10(low, high, case):
    relations = _relations([(5, 10), (5, 10), (low, high)])
    assert radius_cases(relations, 2).tolist() == [[case], [case]]
    (made,) = judge(relations, 2)
    assert made.cases == (case, case)
    assert made.alpha == ((0, 0) if case == 4 else (1, 1))


def test_covering_a_core_is_overlap_only_if_asked():
    relations = _relations([(5, 10), (5, 10), (3, 12)])
    assert judge(relations, 2)[0].alpha == (1, 1)
    assert judge(relations, 2, covers=False)[0].alpha == (0, 0)


BOTH, FIRST = [(0, 9), (0, 9), (4, 6)], [(0, 9), (8, 9), (4, 6)]


@pytest.mark.parametrize(
    ("ranges", "tables", "f1", "f2", "into", "reason"),
    [
        ([(0, 3), (8, 9), (4, 6)], {}, (), (0,), None, "overlaps that of no core"),
        (BOTH, {"m_dist": [10, 11]}, (), (0,), None, "nearer than R"),  # a mean distance of R is not below R
        (BOTH, {"m_dist": [10 - 1e-11, 11]}, (), (0,), None, "nearer than R"),  # R, but for rounding
        (BOTH, {"m_dist": [10 - 1e-7, 11]}, (0,), (0,), 0, "Core 0 alone"),
        (FIRST, {}, (0,), (0,), 0, "Core 0 alone"),
        (FIRST, {"n_dist": [4, 3]}, (0,), (), 0, "Core 0 alone"),  # one core in f1: f2 is not asked
        (BOTH, {"m_dist": [11, 5]}, (1,), (0,), 1, "Core 1 alone"),
        (
            BOTH,
            {"n_dist": [4, 3], "f_dist": [9, 8], "den": [1, 2]},
            (0, 1),
            (1,),
            1,
            "core 1 is nearest both",
        ),
        (BOTH, {"n_dist": [4, 3]}, (0, 1), (), None, "core 1 is nearest by the closest dies"),
        (BOTH, {"f_dist": [9, 8]}, (0, 1), (), None, "core 1 by the farthest"),
        (BOTH, {"den": [1, 2]}, (0, 1), (), None, "core 1 gives the most compact"),
        (BOTH, {}, (0, 1), (0,), 0, "core 0 is nearest both"),  # all tied: the larger core
        (BOTH, {"den": [1, 1 + 1e-12]}, (0, 1), (0,), 0, "core 0 is nearest both"),  # tied but for rounding
    ],
)
def test_each_rule(ranges, tables, f1, f2, into, reason):
    (made,) = judge(_relations(ranges, **tables), 2)
    assert (made.f1, made.f2, made.into) == (f1, f2, into)
    assert made.verdict == ("removed" if into is None else "merged")
    assert reason in made.reason


def test_two_cores_qualify_but_a_third_is_the_best():
    ranges = np.array([(0, 9), (0, 9), (8, 9), (4, 6)], float).T
    nearest = np.array([3.0, 3.0, 2.0])[:, None] * np.ones((3, 4))
    same, dense = np.full((3, 4), 5.0), np.array([1.0, 1.0, 2.0])[:, None] * np.ones((3, 4))
    relations = Relations(np.array([9, 8, 7, 3]), *ranges, nearest, nearest + 5, same, dense, R)
    (made,) = judge(relations, 3)
    assert (made.cluster, made.size, made.rmin, made.rmax) == (3, 3, 4.0, 6.0)
    assert (made.f1, made.f2, made.verdict) == ((0, 1), (2,), "removed")
    assert "but core 2" in made.reason
