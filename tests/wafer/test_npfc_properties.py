"""What holds for NPFC on every map (hypothesis), and what a turned or padded map changes."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN

from semlib.wafer.npfc import npfc

TURNS = {
    f"{turn * 90} degrees{', mirrored' if mirror else ''}": lambda m, turn=turn, mirror=mirror: np.rot90(
        m[:, ::-1] if mirror else m, turn
    )
    for turn in range(4)
    for mirror in (False, True)
}
quick = settings(max_examples=60, deadline=None, derandomize=True)


@st.composite
def maps(draw, *, smallest=1, largest=20):
    """Rectangles of defects and single dies; some places without a die."""
    height, width = draw(st.integers(smallest, largest)), draw(st.integers(smallest, largest))
    wafer_map = np.ones((height, width), np.uint8)
    corner = st.tuples(st.integers(0, height - 1), st.integers(0, width - 1))
    blobs = st.lists(st.tuples(corner, st.integers(1, 4), st.integers(1, 5)), max_size=9)
    for (row, column), tall, wide in draw(blobs):
        wafer_map[row : row + tall, column : column + wide] = 2
    for row, column in draw(st.lists(corner, max_size=12)):
        wafer_map[row, column] = 2
    for row, column in draw(st.lists(corner, max_size=6)):
        wafer_map[row, column] = 0
    assume(wafer_map.any())
    return wafer_map


def groups(labels):
    """Return a label map as a set of sets of places: the clusters, whatever their numbers."""
    return {frozenset(map(tuple, np.argwhere(labels == k).tolist())) for k in range(labels.max() + 1)}


@quick
@given(maps())
def test_only_removes_dies_and_gives_a_reason_for_each(wafer_map):
    result = npfc(wafer_map)
    changed = result.filtered != wafer_map
    assert (wafer_map[changed] == 2).all()
    assert (result.filtered[changed] == 1).all()
    removed = [made.cluster for made in result.decisions if made.verdict == "removed"]
    assert (changed == (result.noise | np.isin(result.merged, removed))).all()
    assert ((result.labels >= 0) == (result.filtered == 2)).all()
    assert all(made.reason.endswith(".") for made in result.decisions)
    assert [made.cluster for made in result.decisions] == list(range(result.num, result.merged.max() + 1))


@quick
@given(maps())
def test_every_map_of_clusters_is_largest_first(wafer_map):
    result = npfc(wafer_map)
    for labels in (result.labels, result.preliminary, result.merged):
        sizes = np.bincount(labels[labels >= 0])
        assert (np.diff(sizes) <= 0).all()
        assert (sizes > 0).all()
    assert result.labels.max() + 1 == result.num


@quick
@given(maps())
def test_each_merge_is_the_recorded_one(wafer_map):
    result = npfc(wafer_map)
    label_of_core = {core: label for label, core in enumerate(result.cores)}
    assert sorted(label_of_core) == list(range(result.num))
    joins = {core: core for core in label_of_core} | {made.cluster: made.into for made in result.decisions}
    for cluster, core in joins.items():
        expected = -1 if core is None else label_of_core[core]
        assert (result.labels[result.merged == cluster] == expected).all()


@quick
@given(maps())
def test_same_map_same_result(wafer_map):
    first, second = npfc(wafer_map), npfc(wafer_map.copy())
    assert (first.labels == second.labels).all()
    assert (first.scores, first.decisions_by_num) == (second.scores, second.decisions_by_num)


@quick
@given(maps())
def test_preliminary_clusters_are_dbscan(wafer_map):
    result = npfc(wafer_map)
    points = np.argwhere(wafer_map == 2)
    if not len(points):
        assert result.preliminary.max() == -1
        return
    found = DBSCAN(eps=2**0.5 + 1e-9, min_samples=3).fit_predict(points)
    image = np.full(wafer_map.shape, -1)
    image[wafer_map == 2] = found
    assert groups(image) == groups(result.preliminary)
    assert ((image < 0) & (wafer_map == 2)).tolist() == result.noise.tolist()


def _cores_untied(result):
    """Tell whether size, rmin and rmax put the five largest clusters and the sixth in one order."""
    y, x = np.indices(result.merged.shape)
    height, width = result.merged.shape
    radii = (2 * y + 1 - height) ** 2 + (2 * x + 1 - width) ** 2
    clusters = [radii[result.merged == k] for k in range(min(result.merged.max() + 1, 6))]
    return len({(len(r), r.min(), r.max()) for r in clusters}) == len(clusters)


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(wafer_map=maps(smallest=8))
def test_a_turned_map_gives_the_turned_result(turn, wafer_map):
    result, turned = npfc(wafer_map), npfc(turn(wafer_map))
    for name in ("preliminary", "merged"):
        assert groups(turn(getattr(result, name))) == groups(getattr(turned, name))
    assert (turn(result.noise) == turned.noise).all()
    if _cores_untied(result):
        assert (turned.num, turned.cores) == (result.num, result.cores)
        assert (turned.labels == turn(result.labels)).all()
        assert (turned.filtered == turn(result.filtered)).all()


def test_mirror_twins_break_the_tie_by_raster_order():
    # One of two mirror images is a core and the other is not: no rule that sees only the map can be symmetric
    wafer_map = np.ones((15, 15), np.uint8)
    wafer_map[6:9, 6:9] = 2
    wafer_map[6:9, 0] = wafer_map[6:9, 14] = 2
    result = npfc(wafer_map, num_range=(2, 2))
    assert not _cores_untied(result)
    assert (wafer_map == wafer_map[:, ::-1]).all()
    assert (result.merged[6:9, 0] == 1).all()  # first in raster order
    assert (result.merged[6:9, 14] == 2).all()


@quick
@given(maps(smallest=6), st.integers(1, 6))
def test_padding_with_no_die_changes_neither_clusters_nor_decisions(wafer_map, pad):
    height, width = wafer_map.shape
    y, x = np.indices(wafer_map.shape)
    inside = np.hypot(y - (height - 1) / 2, x - (width - 1) / 2) <= max(height, width) / 2
    wafer_map = wafer_map * inside  # else the limit max(H, W) / 2 of R binds, and padding lifts it
    assume(wafer_map.any())
    result, padded = npfc(wafer_map), npfc(np.pad(wafer_map, pad))
    inner = (slice(pad, -pad),) * 2
    for name in ("preliminary", "merged", "noise"):
        assert (getattr(result, name) == getattr(padded, name)[inner]).all()
    assert result.radius == padded.radius
    assert result.decisions_by_num == padded.decisions_by_num
    assert [score.silhouette for score in result.scores] == pytest.approx(
        [score.silhouette for score in padded.scores]
    )


def test_padding_can_change_num_because_eq_3_counts_every_cell():
    rows = [
        "   #.#...   ",
        "  ..#.....  ",
        " ##........ ",
        ".........###",
        "##..#....###",
        "............",
        "#......#..#.",
        "...##.......",
        " .#...#.... ",
        "  ........  ",
        "   ......   ",
    ]
    wafer_map = np.array([[" .#".index(sign) for sign in row] for row in rows])
    result, padded = npfc(wafer_map), npfc(np.pad(wafer_map, 1))
    assert result.decisions_by_num == padded.decisions_by_num
    assert [score.mahalanobis for score in result.scores] != [score.mahalanobis for score in padded.scores]
    assert (result.num, padded.num) == (3, 2)
