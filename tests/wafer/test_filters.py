"""The comparators: values by hand, slow loops beside the fast ones, and what holds on every map."""

from collections import deque
from math import dist, floor, inf, nan, sqrt
from statistics import mean, median

import numpy as np
import pytest
from small_maps import TURNS, draw

from semlib.wafer.filters import (
    dbscan,
    keep_all,
    kmeans,
    labels_to_filtered,
    mean_filter,
    median_filter,
    merge_and_size_floor,
)

SPATIAL = {
    f"{f.__name__} {size}{' aware' if aware else ''}": lambda m, f=f, size=size, aware=aware: f(
        m, size=size, wafer_aware=aware
    )
    for f in (median_filter, mean_filter)
    for size in (3, 5)
    for aware in (False, True)
}
LABELS = {
    "dbscan": dbscan,
    "merge_and_size_floor": lambda m: merge_and_size_floor(m, min_dies=4),
    "keep_all": keep_all,
    "kmeans": lambda m: kmeans(m, k=min(3, int((m == 2).sum()))),
}
FILTERS = SPATIAL | {
    name: lambda m, make=make: labels_to_filtered(m, make(m)) for name, make in LABELS.items()
}


def random_maps(n=12, seed=0):
    """Round and rectangular maps of many sizes; blobs of defects, single ones, places without a die."""
    rng = np.random.default_rng(seed)
    for _ in range(n):
        shape = rng.integers(1, 15, 2)
        wafer_map = 1 + (rng.random(shape) < rng.choice([0.1, 0.3, 0.6])).astype(np.uint8)
        wafer_map[rng.random(shape) < 0.15] = 0
        wafer_map[tuple(rng.integers(0, shape))] = 2
        yield wafer_map


# --- median and mean ------------------------------------------------------------------------------


def test_median_of_3x3_by_hand():
    wafer_map = [[1, 2, 2], [1, 2, 0], [1, 1, 0]]
    # centre: 0 0 1 1 1|1 2 2 2 -> the fifth is 1. Upper left, its row and column repeated:
    # 1 1 2 / 1 1 2 / 1 1 2 -> 1. Upper right: 2 2 2 / 2 2 2 / 2 0 0 -> 2. Right: 2 2 2 / 2 0 0 / 1 0 0 -> 1.
    # Lower right: 2 0 0 / 1 0 0 / 1 0 0 -> 0. Upper middle: 1 2 2 / 1 2 2 / 1 2 0 -> 2. The rest is 1:
    # left 112 112 111, lower left 112 111 111, lower middle 120 110 110.
    assert median_filter(wafer_map).tolist() == [[1, 2, 2], [1, 1, 1], [1, 1, 0]]


def test_mean_of_3x3_by_hand():
    wafer_map = [[1, 2, 2], [1, 2, 0], [1, 1, 0]]
    # sums of nine, border repeated: 12 13 14 / 11 10 9 / 10 7 4; over 9 and rounded
    assert mean_filter(wafer_map).tolist() == [[1, 1, 2], [1, 1, 1], [1, 1, 0]]
    # 14 / 9 = 1.56 -> 2, 13 / 9 = 1.44 -> 1: five of nine decide
    assert mean_filter([[2, 2, 2], [2, 2, 1], [1, 1, 1]])[1, 1] == 2
    assert mean_filter([[2, 2, 2], [2, 1, 1], [1, 1, 1]])[1, 1] == 1


def test_5x5_sees_farther_than_3x3():
    frame = np.full((5, 5), 2, np.uint8)
    frame[1:4, 1:4] = 1  # 9 good dies, 16 defective around them
    assert median_filter(frame)[2, 2] == 1
    assert median_filter(frame, size=5)[2, 2] == 2
    assert mean_filter(frame)[2, 2] == 1
    assert mean_filter(frame, size=5)[2, 2] == 2  # 41 / 25
    assert median_filter(frame, size=5, wafer_aware=True)[2, 2] == 1  # nothing is added
    turned = 3 - frame
    assert median_filter(turned, wafer_aware=True)[2, 2] == 2
    assert median_filter(turned, size=5, wafer_aware=True)[2, 2] == 1  # 9 of 25


def test_whole_map_filters_add_defects_and_lose_dies_wafer_aware_ones_do_not():
    rim = draw("   ", " .#", " ##")
    # centre: five of nine are no die
    assert median_filter(rim)[1, 1] == 0
    assert (median_filter(rim, wafer_aware=True) > 0).tolist() == (rim > 0).tolist()
    hole = draw("###", "#.#", "###")
    assert median_filter(hole)[1, 1] == mean_filter(hole)[1, 1] == 2
    assert median_filter(hole, wafer_aware=True)[1, 1] == mean_filter(hole, wafer_aware=True)[1, 1] == 1


def test_wafer_aware_votes_by_hand():
    # the die at (1, 1) sees 4 dies of which 3 are defective; (1, 2) 4, 3; (2, 1) 4, 3
    assert median_filter(draw("   ", " ##", " #."), wafer_aware=True).tolist() == [
        [0, 0, 0],
        [0, 2, 2],
        [0, 2, 1],
    ]
    # half of the four: the median 1.5 is no majority, the mean 1.5 is enough
    half = draw("   ", " ##", " ..")
    assert median_filter(half, wafer_aware=True).tolist() == [[0, 0, 0], [0, 1, 1], [0, 1, 1]]
    assert mean_filter(half, wafer_aware=True).tolist() == [[0, 0, 0], [0, 2, 2], [0, 1, 1]]
    # one of three dies: both remove it; beyond the map's border nobody votes
    assert mean_filter(draw("#.", ". "), wafer_aware=True).tolist() == [[1, 1], [1, 0]]


def window(wafer_map, row, column, size, *, border):
    """Return the values about a die: those beyond the border repeated, or left out."""
    height, width = wafer_map.shape
    reach = range(-(size // 2), size // 2 + 1)
    places = [(row + dr, column + dc) for dr in reach for dc in reach]
    if border == "repeat":
        places = [(min(max(r, 0), height - 1), min(max(c, 0), width - 1)) for r, c in places]
    return [int(wafer_map[r, c]) for r, c in places if 0 <= r < height and 0 <= c < width]


@pytest.mark.parametrize("size", [1, 3, 5, 7])
def test_spatial_filters_equal_slow_loops(size):
    for wafer_map in random_maps():
        whole, aware = {}, {}
        for row, column in np.ndindex(wafer_map.shape):
            values = window(wafer_map, row, column, size, border="repeat")
            whole[row, column] = median(values), floor(mean(values) + 0.5)
            dies = [value for value in window(wafer_map, row, column, size, border="none") if value > 0]
            here = int(wafer_map[row, column])
            aware[row, column] = (
                (1 if here == 2 and median(dies) < 2 else here),
                (1 if here == 2 and mean(dies) < 1.5 else here),
            )
        for which, filtered in enumerate((median_filter, mean_filter)):
            for found, expected in ((False, whole), (True, aware)):
                result = filtered(wafer_map, size=size, wafer_aware=found)
                assert result.dtype == np.uint8
                assert result.tolist() == [
                    [expected[r, c][which] for c in range(wafer_map.shape[1])]
                    for r in range(wafer_map.shape[0])
                ]


def test_size_1_changes_nothing():
    for wafer_map in random_maps(4):
        for name in (median_filter, mean_filter):
            for aware in (False, True):
                assert (name(wafer_map, size=1, wafer_aware=aware) == wafer_map).all()


# --- DBSCAN ---------------------------------------------------------------------------------------


def test_dbscan_keeps_three_at_sqrt_2_and_not_two():
    wafer_map = draw("#....#", ".#....", "..#..#", "......", "##...#")
    assert dbscan(wafer_map).tolist() == [
        [0, -1, -1, -1, -1, -1],
        [-1, 0, -1, -1, -1, -1],
        [-1, -1, 0, -1, -1, -1],
        [-1] * 6,
        [-1] * 6,
    ]


def test_dbscans_options_are_inclusive():
    pair = draw("##")
    assert dbscan(pair).tolist() == [[-1, -1]]
    assert dbscan(pair, min_samples=2).tolist() == [[0, 0]]
    apart = draw("#.#.#")
    assert dbscan(apart, eps=1.99).max() == -1
    assert dbscan(apart, eps=2).tolist() == [[0, -1, 0, -1, 0]]
    assert dbscan(draw("#.....", "......", "..#...", "......", "....#."), eps=sqrt(8)).max() == 0
    assert dbscan(draw("##.##.##"), eps=1, min_samples=1).tolist() == [[1, 1, -1, 0, 0, -1, 2, 2]]


def slow_dbscan(points, eps, min_samples):
    """Return the groups of core points, and the neighbours of every point."""
    near = {p: [q for q in points if dist(p, q) <= eps + 1e-9] for p in points}
    cores = [p for p in points if len(near[p]) >= min_samples]
    groups, seen = [], set()
    for start in cores:
        if start in seen:
            continue
        group, queue = set(), deque([start])
        while queue:
            here = queue.popleft()
            if here not in group:
                group.add(here)
                queue.extend(q for q in near[here] if q in cores)
        seen |= group
        groups.append(group)
    return groups, near


@pytest.mark.parametrize(("eps", "min_samples"), [(sqrt(2), 3), (1, 3), (2, 4), (sqrt(8), 5)])
def test_dbscan_equals_the_definition(eps, min_samples):
    for wafer_map in random_maps(25, seed=1):
        labels = dbscan(wafer_map, eps=eps, min_samples=min_samples)
        points = [tuple(p) for p in np.argwhere(wafer_map == 2).tolist()]
        cores, near = slow_dbscan(points, eps, min_samples)
        assert labels.max() + 1 == len(cores)
        owners = {p: {i for i, group in enumerate(cores) if not group.isdisjoint(near[p])} for p in points}
        name_of = [labels[next(iter(group))] for group in cores]
        assert sorted(name_of) == list(range(len(cores)))
        for p in points:  # a border point between two clusters may go to either
            inside = [i for i, group in enumerate(cores) if p in group]
            allowed = {name_of[i] for i in inside or owners[p]} or {-1}
            assert labels[p] in allowed


# --- K-means, merge and size floor, keep_all ------------------------------------------------------


def test_kmeans_finds_two_blobs():
    wafer_map = draw("##.....", "##.....", ".......", "....###", "....###")
    expected = np.full((5, 7), -1)
    expected[3:, 4:] = 0  # 6 dies, the larger
    expected[:2, :2] = 1
    for seed in range(3):
        assert (kmeans(wafer_map, k=2, seed=seed) == expected).all()
    assert (kmeans(wafer_map, k=1) == np.where(wafer_map == 2, 0, -1)).all()
    assert sorted(kmeans(wafer_map, k=10)[wafer_map == 2]) == list(range(10))


def test_kmeans_seed_decides_among_equals():
    square = np.full((8, 8), 2)
    one_start = [kmeans(square, k=3, seed=seed, n_init=1) for seed in range(6)]
    assert (one_start[0] == kmeans(square, k=3, seed=0, n_init=1)).all()
    assert len({labels.tobytes() for labels in one_start}) > 1


def test_kmeans_keeps_the_best_of_its_starts():
    def spread(seed, n_init):
        labels = kmeans(wafer_map, k=4, seed=seed, n_init=n_init)
        clusters = [np.argwhere(labels == k) for k in range(4)]
        return sum(((c - c.mean(axis=0)) ** 2).sum() for c in clusters)

    wafer_map = np.where(np.random.default_rng(0).random((20, 20)) < 0.2, 2, 1)
    ones, tens = ([spread(seed, n_init) for seed in range(6)] for n_init in (1, 10))
    assert max(tens) < max(ones)
    assert np.mean(tens) < np.mean(ones)


def test_merge_joins_over_one_empty_row_or_column_and_not_over_two():
    for wafer_map, last in ((draw("##.##"), 0), (draw("##..##"), 1)):
        assert merge_and_size_floor(wafer_map, min_dies=1, noise_size=0).max() == last
        assert merge_and_size_floor(wafer_map.T, min_dies=1, noise_size=0).max() == last


@pytest.mark.parametrize(
    ("move", "joined"),
    [
        ((0, 2), True), ((2, 2), True), ((1, 2), True), ((2, 1), True), ((-2, 1), True), ((-2, -2), True),
        ((0, 3), False), ((1, 3), False), ((3, 3), False), ((3, -2), False), ((-3, 0), False),
    ],
)  # fmt: skip
def test_merge_reaches_the_5x5_neighbourhood(move, joined):
    wafer_map = np.ones((9, 9), int)
    wafer_map[4, 4] = wafer_map[4 + move[0], 4 + move[1]] = 2
    labels = merge_and_size_floor(wafer_map, min_dies=1, noise_size=0)
    assert labels.max() == (0 if joined else 1)
    assert (
        merge_and_size_floor(wafer_map, min_dies=2, noise_size=0).max() == 0
    ) == joined  # single dies are joined too


def test_merge_follows_its_gap():
    wafer_map = draw("#..#")
    assert merge_and_size_floor(wafer_map, gap=3, min_dies=1, noise_size=0).tolist() == [[0, -1, -1, 0]]
    assert merge_and_size_floor(wafer_map, gap=2.9, min_dies=1, noise_size=0).tolist() == [[0, -1, -1, 1]]
    assert merge_and_size_floor(draw("#.", ".#"), gap=sqrt(2), min_dies=2, noise_size=0).max() == 0


def test_size_floor_is_inclusive_and_keeps_the_order():
    wafer_map = draw("###....##....#")
    assert merge_and_size_floor(wafer_map, min_dies=1, noise_size=0)[wafer_map == 2].tolist() == [
        0,
        0,
        0,
        1,
        1,
        2,
    ]
    assert merge_and_size_floor(wafer_map, min_dies=2, noise_size=0)[wafer_map == 2].tolist() == [
        0,
        0,
        0,
        1,
        1,
        -1,
    ]
    assert merge_and_size_floor(wafer_map, min_dies=3, noise_size=0)[wafer_map == 2].tolist() == [
        0,
        0,
        0,
        -1,
        -1,
        -1,
    ]
    assert merge_and_size_floor(wafer_map, min_dies=4, noise_size=0).max() == -1
    line = np.full((1, 15), 2)
    assert merge_and_size_floor(line, noise_size=0).max() == 0  # 15 by default
    assert merge_and_size_floor(line[:, :14], noise_size=0).max() == -1


def test_keep_all_is_one_cluster():
    assert keep_all(draw(" .#", "##.")).tolist() == [[-1, -1, 0], [0, 0, -1]]


def test_labels_to_filtered_by_hand():
    labels = [[-1, -1, -1], [0, -1, 1]]
    assert labels_to_filtered(draw(" .#", "##."), labels).tolist() == [[0, 1, 1], [2, 1, 1]]


# --- what holds for all ---------------------------------------------------------------------------


def test_equal_clusters_are_numbered_as_npfc_does():
    # of the two clusters of three dies the lower one reaches nearer to the centre
    wafer_map = draw("....###", "###....", ".......", ".####..")
    expected = [[-1] * 4 + [2] * 3, [1] * 3 + [-1] * 4, [-1] * 7, [-1, 0, 0, 0, 0, -1, -1]]
    assert dbscan(wafer_map).tolist() == expected
    assert kmeans(wafer_map, k=3).tolist() == expected


def test_noise_rule_of_the_control_by_hand():
    # a twin within the gap of a cluster: noise by default, joined without that rule
    wafer_map = draw("###.##.#")
    assert merge_and_size_floor(wafer_map, min_dies=1).tolist() == [[0, 0, 0, -1, -1, -1, -1, -1]]
    assert merge_and_size_floor(wafer_map, noise_size=1, min_dies=1).tolist() == [[0, 0, 0, -1, 0, 0, -1, -1]]
    assert merge_and_size_floor(wafer_map, noise_size=0, min_dies=1).tolist() == [[0, 0, 0, -1, 0, 0, -1, 0]]


def test_merge_numbers_equal_clusters_as_npfc_does():
    # radius first, as in semlib.wafer.clusters: the lower one lies nearer to the centre
    wafer_map = draw("###....", ".......", ".......", "...###.", ".......", ".......", ".......")
    assert merge_and_size_floor(wafer_map, min_dies=1, noise_size=0)[[0, 3], [0, 3]].tolist() == [1, 0]


@pytest.mark.parametrize("make", LABELS.values(), ids=LABELS)
def test_labels_are_int32_largest_first_and_at_defective_dies_only(make):
    for wafer_map in random_maps(20, seed=2):
        labels = make(wafer_map)
        assert (labels.dtype, labels.shape) == (np.int32, wafer_map.shape)
        assert (wafer_map[labels >= 0] == 2).all()
        sizes = np.bincount(labels[labels >= 0])
        assert (sizes > 0).all()
        assert (np.diff(sizes) <= 0).all()
        assert labels.min() >= -1
    assert (keep_all(wafer_map) >= 0).tolist() == (wafer_map == 2).tolist()


def groups(labels):
    return {frozenset(map(tuple, np.argwhere(labels == k).tolist())) for k in range(labels.max() + 1)}


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
def test_a_turned_map_gives_the_turned_result(turn):
    for wafer_map in random_maps(8, seed=3):
        for name, filtered in SPATIAL.items():
            assert (filtered(turn(wafer_map)) == turn(filtered(wafer_map))).all(), name
        for name in ("dbscan", "merge_and_size_floor", "keep_all"):
            assert groups(LABELS[name](turn(wafer_map))) == groups(turn(LABELS[name](wafer_map))), name


@pytest.mark.parametrize("name", [name for name in FILTERS if "aware" in name or name in LABELS])
def test_nothing_is_added_and_no_die_lost(name):
    for wafer_map in random_maps(20, seed=4):
        filtered = FILTERS[name](wafer_map)
        changed = filtered != wafer_map
        assert (wafer_map[changed] == 2).all()
        assert (filtered[changed] == 1).all()


@pytest.mark.parametrize("filtered", FILTERS.values(), ids=FILTERS)
def test_inputs_are_not_modified_nor_returned(filtered):
    for wafer_map in random_maps(5, seed=5):
        before = wafer_map.copy()
        wafer_map.flags.writeable = False
        result = filtered(wafer_map)
        assert (wafer_map == before).all()
        assert not np.shares_memory(result, wafer_map)
        assert result.dtype == np.uint8


@pytest.mark.parametrize("grid", [[[1]], [[1, 0], [1, 1]], [[1] * 6] * 6])
def test_maps_without_defects_stay_and_have_no_cluster(grid):
    for name in FILTERS:
        if name != "kmeans" and (name not in SPATIAL or "aware" in name or 0 not in grid[0]):
            assert FILTERS[name](np.array(grid)).tolist() == grid, name
    for name in ("dbscan", "merge_and_size_floor", "keep_all"):
        assert (LABELS[name](np.array(grid)) == -1).all()


def test_maps_of_defects_only():
    whole = np.full((5, 6), 2)
    for name, filtered in FILTERS.items():
        assert (filtered(whole) == 2).all(), name
    for make in (dbscan, merge_and_size_floor, keep_all):
        assert (make(whole) == 0).all()


def test_one_defective_die_alone():
    one = np.array([[2]])
    for name in SPATIAL:
        assert SPATIAL[name](one).tolist() == [[2]], name
    assert dbscan(one).tolist() == merge_and_size_floor(one).tolist() == [[-1]]
    assert keep_all(one).tolist() == kmeans(one, k=1).tolist() == [[0]]


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: median_filter([[1]], size=2), "size=2 must be odd and at least 1"),
        (lambda: median_filter([[1]], size=0), "size=0"),
        (lambda: mean_filter([[1]], size=-3), "size=-3"),
        (lambda: mean_filter([[1]], size=3.5), "size=3.5"),
        (lambda: kmeans([[2, 2, 1]], k=3), "k=3 must lie between 1 and the 2 defective dies of wafer_map"),
        (lambda: kmeans([[2, 2, 1]], k=0), "k=0"),
        (lambda: kmeans([[1]], k=1), "k=1 must lie between 1 and the 0 defective dies"),
        (lambda: dbscan([[1]], eps=0), "eps=0 must be more than 0"),
        (lambda: dbscan([[2]], eps=nan), "eps=nan"),
        (lambda: dbscan([[2]], min_samples=0), "min_samples=0 at least 1"),
        (lambda: merge_and_size_floor([[2]], gap=1), "gap=1 must be a distance of at least √2 dies"),
        (lambda: merge_and_size_floor([[2]], gap=nan), "gap=nan"),
        (lambda: merge_and_size_floor([[2]], gap=inf), "gap=inf"),
        (
            lambda: labels_to_filtered([[2, 1]], [[0]]),
            r"labels has the shape \(1, 1\), the wafer_map \(1, 2\)",
        ),
    ],
)
def test_bad_options_are_named(call, match):
    with pytest.raises(ValueError, match=match):
        call()


@pytest.mark.parametrize("name", FILTERS)
def test_bad_maps_are_refused(name):
    with pytest.raises(ValueError, match=r"wafer_map holds 3 \(1x\)"):
        FILTERS[name](np.array([[1, 3], [2, 2]]))
