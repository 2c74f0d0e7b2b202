"""DBSCAN that chooses its parameters: the index by hand and by loops, the grid against filters.dbscan."""

from math import nan, sqrt

import numpy as np
import pytest
from small_maps import TURNS, draw

from semlib.wafer.adaptive_dbscan import (
    EPS,
    MIN_SAMPLES,
    _Dies,
    density_index,
    sa_dbscan,
    sa_dbscan_table,
)
from semlib.wafer.filters import dbscan
from semlib.wafer.synthetic import synthetic_mixed_maps


def random_maps(n=12, seed=0):
    rng = np.random.default_rng(seed)
    for _ in range(n):
        shape = rng.integers(1, 16, 2)
        wafer_map = 1 + (rng.random(shape) < rng.choice([0.1, 0.3, 0.6])).astype(np.uint8)
        wafer_map[rng.random(shape) < 0.15] = 0
        wafer_map[tuple(rng.integers(0, shape))] = 2
        yield wafer_map


def slow_index(wafer_map, labels, window=5):
    """The index as the module's description has it, die by die."""
    half, total = window // 2, 0.0
    n_defective, n_dies = int((wafer_map == 2).sum()), int((wafer_map > 0).sum())
    for row, column in np.argwhere(labels >= 0).tolist():
        own = others = places = 0
        for r in range(max(0, row - half), min(wafer_map.shape[0], row + half + 1)):
            for c in range(max(0, column - half), min(wafer_map.shape[1], column + half + 1)):
                if (r, c) == (row, column) or wafer_map[r, c] == 0:
                    continue
                places += 1
                if wafer_map[r, c] == 2:
                    same = labels[r, c] == labels[row, column]
                    own, others = own + same, others + (not same)
        if places:
            total += (own - others) / places
        total -= n_defective / n_dies
    return total / n_defective if n_defective else 0.0


def test_the_index_by_hand():
    wafer_map = draw("##.", "...")
    # each die sees the other among the 5 dies of its window; by chance it would see 2/6
    assert density_index(wafer_map, [[0, 0, -1], [-1] * 3]) == pytest.approx(1 / 5 - 1 / 3)
    # as two clusters each sees a foreign die; only one kept: the same, for one of two dies
    assert density_index(wafer_map, [[0, 1, -1], [-1] * 3]) == pytest.approx(-1 / 5 - 1 / 3)
    assert density_index(wafer_map, [[0, -1, -1], [-1] * 3]) == pytest.approx((-1 / 5 - 1 / 3) / 2)
    assert density_index(wafer_map, np.full((2, 3), -1)) == 0


@pytest.mark.parametrize("window", [3, 5, 7])
def test_the_index_equals_its_definition(window):
    rng = np.random.default_rng(1)
    for wafer_map in random_maps(20):
        labels = np.where(wafer_map == 2, rng.integers(-1, 3, wafer_map.shape), -1)
        expected = slow_index(wafer_map, labels, window)
        assert density_index(wafer_map, labels, window=window) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
def test_the_index_does_not_change_with_turns(turn):
    for wafer_map in random_maps(8, seed=3):
        labels = dbscan(wafer_map)
        turned = density_index(turn(wafer_map), turn(labels))
        assert turned == pytest.approx(density_index(wafer_map, labels), abs=1e-12)


def test_the_fast_dbscan_is_the_one_of_the_filters():
    twin = synthetic_mixed_maps(1, 2, 0.2, 0, shape=(30, 26))[0]
    for wafer_map in [*random_maps(12, seed=2), *twin]:
        dies = _Dies(wafer_map, 5, reach=3)
        for eps in (1, *EPS, 3):
            for least in (1, 2, 4, 7, 12):
                found = np.full(wafer_map.shape, -1)
                found[wafer_map == 2] = dies.dbscan(eps, least)
                expected = dbscan(wafer_map, eps=eps, min_samples=least)
                assert ((found >= 0) == (expected >= 0)).all()
                pairs = set(zip(found[found >= 0].tolist(), expected[found >= 0].tolist(), strict=True))
                assert len(pairs) == expected.max() + 1  # one name each


def test_the_table_holds_the_grid_and_the_labels_its_best_point():
    for wafer_map in random_maps(6, seed=4):
        table = sa_dbscan_table(wafer_map)
        assert table[["eps", "min_samples"]].to_numpy().tolist() == [[e, m] for e in EPS for m in MIN_SAMPLES]
        best = table[table.chosen]
        assert len(best) == 1
        assert best.index[0] == np.flatnonzero(table["index"] >= table["index"].max() - 1e-12)[0]
        eps, least, num, kept, index = best.iloc[0, :5]
        labels = sa_dbscan(wafer_map)
        assert (labels == dbscan(wafer_map, eps=eps, min_samples=int(least))).all()
        assert (labels.max() + 1, (labels >= 0).sum()) == (num, kept)
        assert index == pytest.approx(slow_index(wafer_map, labels), abs=1e-12)


def test_it_keeps_two_blocks_and_drops_the_noise():
    wafer_map = np.ones((20, 20), np.uint8)
    wafer_map[2:7, 2:7] = wafer_map[12:18, 12:18] = 2
    wafer_map[3, 15] = wafer_map[15, 3] = wafer_map[0, 19] = 2
    labels = sa_dbscan(wafer_map)
    expected = np.full((20, 20), -1)
    expected[12:18, 12:18], expected[2:7, 2:7] = 0, 1
    assert (labels == expected).all()
    assert labels.dtype == np.int32


def test_other_grids():
    wafer_map = draw("##....##")
    assert sa_dbscan(wafer_map, eps=[1], min_samples=[2]).tolist() == [[0, 0, -1, -1, -1, -1, 1, 1]]
    assert sa_dbscan(wafer_map, eps=[1], min_samples=[3]).max() == -1
    assert sa_dbscan(wafer_map, eps=[5], min_samples=[2]).max() == 0
    # equal index, here 0: the first of the grid
    assert sa_dbscan_table(wafer_map, eps=[1], min_samples=[3, 4]).chosen.tolist() == [True, False]


def test_maps_without_defects_and_of_defects_only():
    assert sa_dbscan([[1, 0], [1, 1]]).tolist() == [[-1, -1]] * 2
    assert sa_dbscan_table([[1, 0]])["index"].eq(0).all()
    assert sa_dbscan([[2]]).tolist() == [[-1]]
    assert sa_dbscan(np.full((8, 9), 2)).max() <= 0


def test_the_input_is_not_modified():
    wafer_map = next(random_maps())
    before = wafer_map.copy()
    wafer_map.flags.writeable = False
    sa_dbscan(wafer_map)
    assert (wafer_map == before).all()


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: sa_dbscan([[1, 2]], eps=[]), r"eps=\[\] and min_samples=.* must both have a value to try"),
        (lambda: sa_dbscan([[1, 2]], min_samples=[]), r"min_samples=\[\] must both"),
        (lambda: sa_dbscan([[1, 2]], eps=[0]), r"eps=\[0\] must be above 0"),
        (lambda: sa_dbscan([[1, 2]], eps=[nan]), r"eps=\[nan\]"),
        (lambda: sa_dbscan([[1, 2]], min_samples=[0]), r"min_samples=\[0\] at least 1"),
        (lambda: sa_dbscan([[1, 2]], window=4), "window=4 must be odd and at least 3"),
        (lambda: sa_dbscan([[1, 2]], window=1), "window=1"),
        (lambda: density_index([[1, 2]], [[0]]), r"labels has the shape \(1, 1\), the wafer_map \(1, 2\)"),
        (lambda: density_index([[1, 2]], [[0, 0]]), "labels has a cluster at 1 places"),
        (lambda: sa_dbscan([[1, 3]]), r"wafer_map holds 3 \(1x\)"),
        (lambda: sa_dbscan([[1, 2]], eps=[sqrt(2), -1]), "eps="),
    ],
)
def test_bad_input_is_named(call, match):
    with pytest.raises(ValueError, match=match):
        call()
