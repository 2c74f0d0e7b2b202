"""Splits by content: equal arrays share a group, and no group is on both sides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semlib.split import content_groups, merge_groups, split_by_group


def test_content_groups():
    a, b = np.array([[0, 1]], np.uint8), np.array([[0], [1]], np.uint8)
    assert content_groups([a, b, a.copy(), a.astype(np.int32), b[:]]).tolist() == [0, 1, 0, 2, 1]
    strided = np.arange(8, dtype=np.uint8)[::2]
    assert content_groups(iter([strided, strided.copy()])).tolist() == [0, 0]
    assert content_groups([]).shape == (0,)


def test_merge_groups():
    # items 0 and 2 share a lot, 2 and 4 are equal, so 0, 2 and 4 belong together; 1 and 3 stand alone
    assert merge_groups(["a", "b", "a", "c", "d"], [0, 1, 2, 3, 2]).tolist() == [0, 1, 0, 2, 0]
    assert merge_groups([], []).shape == (0,)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=30))
def test_merge_groups_is_the_smallest_common_coarsening(pairs):
    first, second = np.array(pairs).T
    merged = merge_groups(first, second)
    slow = list(range(len(pairs)))  # repeated joining until nothing changes
    for _ in pairs:
        for i in range(len(pairs)):
            for j in range(i):
                if first[i] == first[j] or second[i] == second[j]:
                    low, high = sorted((slow[i], slow[j]))
                    slow = [low if s == high else s for s in slow]
    same = np.equal.outer(slow, slow)
    np.testing.assert_array_equal(np.equal.outer(merged, merged), same)
    assert list(dict.fromkeys(merged.tolist())) == list(range(merged.max() + 1))


@given(st.lists(st.integers(0, 9), min_size=2, max_size=60), st.integers(0, 5))
def test_no_group_is_on_both_sides(groups, seed):
    if len(set(groups)) < 2:
        return
    groups = np.array(groups)
    train, test = split_by_group(groups, test=0.5, seed=seed)
    assert not set(groups[train]) & set(groups[test])
    assert sorted([*train, *test]) == list(range(len(groups)))
    np.testing.assert_array_equal(split_by_group(groups, test=0.5, seed=seed)[1], test)


def test_seed_and_share_count():
    groups = np.repeat(np.arange(100), 3)
    train, test = split_by_group(groups, test=0.2, seed=0)
    assert len(test) == 60
    assert len(train) == 240
    assert not np.array_equal(test, split_by_group(groups, test=0.2, seed=1)[1])


def test_bad_arguments():
    with pytest.raises(ValueError, match="holds 1 different groups; a split needs at least 2"):
        split_by_group([3, 3])
    with pytest.raises(ValueError, match=r"test=1.0 must be between 0 and 1"):
        split_by_group([1, 2], test=1.0)
    with pytest.raises(ValueError, match="first has 2 groups and second 3"):
        merge_groups([1, 2], [1, 2, 3])
