"""NPFC as a whole: a slow reference, hand-made maps, bad input, real maps."""

from pathlib import Path

import numpy as np
import pytest
from npfc_reference import reference
from small_maps import draw

from semlib.wafer.npfc import centre, die_radius, npfc

DATA = Path(__file__).resolve().parents[2] / "../shared/data"


def random_map(rng):
    """Noise and a few blobs, on a round wafer or a full grid."""
    height, width = rng.integers(8, 22, 2)
    y, x = np.indices((height, width))
    wafer_map = np.ones((height, width), np.uint8)
    if rng.random() < 0.5:
        wafer_map[np.hypot((2 * y + 1) / height - 1, (2 * x + 1) / width - 1) > 1.05] = 0
    defects = rng.random((height, width)) < rng.uniform(0.02, 0.2)
    for _ in range(rng.integers(1, 7)):
        top, left, tall, wide = *(rng.integers(0, n) for n in (height, width)), *rng.integers(1, 5, 2)
        defects[top : top + tall, left : left + wide] = True
    wafer_map[defects & (wafer_map > 0)] = 2
    return wafer_map


def agrees_with_reference(wafer_map):
    result = npfc(wafer_map)
    num, clusters, sd, verdicts = reference(wafer_map.tolist())
    assert result.num == num
    assert [set(map(tuple, np.argwhere(result.labels == k).tolist())) for k in range(num)] == clusters
    assert {score.num: score.sd for score in result.scores} == pytest.approx(sd, abs=1e-12)
    assert {
        k: [made.into for made in all_made] for k, all_made in result.decisions_by_num.items()
    } == verdicts
    return result


def test_agrees_with_the_slow_reference_on_random_maps():
    rng = np.random.default_rng(20)
    results = [agrees_with_reference(random_map(rng)) for _ in range(320)]
    # the maps must have exercised every outcome, or the agreement says little
    assert {result.num for result in results} >= {0, 1, 2, 3, 4, 5}
    made = [made for result in results for all_made in result.decisions_by_num.values() for made in all_made]
    for ending in ("of no core.", "R on average.", "compact one.", "compact union."):
        assert any(one.reason.endswith(ending) for one in made), ending
    assert {case for one in made for case in one.cases} == {1, 2, 3, 4, 5}


def test_agrees_with_the_slow_reference_on_real_maps():
    path = DATA / "wm811k/WM811K_labelled_half.npz"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    with np.load(path) as stored:
        flat, offsets, shapes = stored["flat"], stored["offsets"], stored["shapes"]
    checked = 0
    for j in np.random.default_rng(3).permutation(len(shapes)):
        wafer_map = flat[offsets[j] : offsets[j + 1]].reshape(shapes[j])
        if 30 <= (wafer_map == 2).sum() <= 110 and wafer_map.size < 1500:
            checked += agrees_with_reference(wafer_map).num > 1
        if checked == 12:
            return
    pytest.fail("fewer than 12 maps had a choice to make")


# A map whose every step can be followed by hand: core 0 left, core 1 right, cluster 2 below, and noise.
THREE = draw(
    "...............",
    ".##.........#..",
    ".##.........##.",
    ".##.........##.",
    "...............",
    "#......#.......",
    "......##.......",
    "...............",
    "...............",
    "..........##...",
    "...............",
)


def test_noise_is_one_or_two_dies_also_along_a_diagonal():
    result = npfc(draw("#....", "...#.", "..#..", ".....", "#....", ".#...", "#...."))
    assert np.argwhere(result.noise).tolist() == [[0, 0], [1, 3], [2, 2]]
    assert np.argwhere(result.preliminary == 0).tolist() == [[4, 0], [5, 1], [6, 0]]
    assert result.preliminary.max() == 0


def test_clusters_two_rows_and_columns_apart_are_joined_three_are_not():
    near = npfc(draw("###....", ".......", "....###"))  # (0, 2) and (2, 4) are sqrt(8) apart
    far = npfc(draw("###....", ".......", ".......", "...###."))  # (0, 2) and (3, 3): sqrt(10)
    assert (near.preliminary.max(), near.merged.max()) == (1, 0)
    assert (far.preliminary.max(), far.merged.max()) == (1, 1)


def test_a_map_by_hand():
    result = npfc(THREE, num_range=(2, 2))
    assert (result.num, result.cores) == (2, (0, 1))
    assert [(result.labels == k).sum() for k in (0, 1)] == [6, 5]
    assert [(result.merged == k).sum() for k in (0, 1, 2)] == [6, 5, 3]
    assert np.argwhere(result.noise).tolist() == [[5, 0], [9, 10], [9, 11]]
    # the centre is (5, 7). Core 0: from (3, 2), sqrt(29), to (1, 1), sqrt(52). Cluster 2: 0 to sqrt(2).
    (made,) = result.decisions
    assert (made.rmin, made.rmax) == pytest.approx((0, 2**0.5))
    assert (made.cases, made.f1, made.verdict, made.into) == ((4, 4), (), "removed", None)
    # nearest dies: (3, 2) to (6, 6), (3, 12) to (5, 7); farthest: (1, 1) to (6, 7), (2, 13) to (6, 6)
    assert made.n_dist == pytest.approx((5, 29**0.5))
    assert made.f_dist == pytest.approx((61**0.5, 65**0.5))
    assert np.argwhere(result.filtered != THREE).tolist() == [
        [5, 0],
        [5, 7],
        [6, 6],
        [6, 7],
        [9, 10],
        [9, 11],
    ]
    assert (result.filtered[result.filtered != THREE] == 1).all()
    # removed 6 of the 14 + 3 defective dies; 165 cells
    (score,) = result.scores
    values = np.concatenate([THREE, result.filtered], axis=None)
    assert score.n_removed == 6
    assert score.mahalanobis == pytest.approx((6 / values.var() / 165) ** 0.5)
    assert score.sd == score.silhouette + 1 / (1 + score.mahalanobis)


def test_explain_tells_every_step():
    text = npfc(THREE).explain()
    for part in (
        "Map of 11 x 15",
        "17 defective dies",
        "3 dies removed; 3 preliminary",
        "Num 2: S = ",
        "Num 3",
    ):
        assert part in text
    assert text.count("<- largest SD") == 1
    text = npfc(THREE, num_range=(2, 2)).explain()
    assert text.endswith(
        "Cluster 2 (3 dies, radius 0.0-1.4): removed. Its radius range overlaps that of no core."
    )


def test_labels_are_largest_first_when_a_smaller_core_grows_larger():
    # ten dies at the centre; nine below, which three more join: they are as far out as those
    wafer_map = np.ones((21, 21), np.uint8)
    wafer_map[8:10, 8:13] = 2
    wafer_map[17:20, 9:12] = 2
    wafer_map[15, 3:6] = 2
    result = npfc(wafer_map, num_range=(2, 2))
    assert [(result.merged == k).sum() for k in range(3)] == [10, 9, 3]
    assert result.decisions[0].into == 1
    assert result.cores == (1, 0)
    assert [(result.labels == k).sum() for k in range(2)] == [12, 10]
    assert result.labels[18, 10] == 0


def test_radius_and_centre():
    assert centre(np.ones((4, 7))) == (1.5, 3.0)
    assert die_radius(np.ones((4, 7))) == pytest.approx((1.5**2 + 3**2) ** 0.5)  # 3.354 is below 7 / 2
    assert die_radius(np.ones((8, 8))) == 4  # the corner is 4.95 away
    assert die_radius(draw("   ", " . ", "   ")) == 0


@pytest.mark.parametrize(
    ("wafer_map", "num", "removed", "noise"),
    [
        (draw("..", ".."), 0, 0, 0),
        (draw("."), 0, 0, 0),
        (draw("#"), 0, 1, 1),
        (draw("##"), 0, 2, 2),
        (draw("###"), 1, 0, 0),
        (np.full((9, 9), 2), 1, 0, 0),
        (draw("###...#"), 1, 1, 1),
    ],
)
def test_maps_with_nothing_to_decide(wafer_map, num, removed, noise):
    result = npfc(wafer_map)
    assert (result.num, result.scores, result.decisions, result.decisions_by_num) == (num, (), (), {})
    assert (result.filtered != wafer_map).sum() == removed
    assert result.noise.sum() == noise
    assert result.labels.max() + 1 == num == len(result.cores)
    assert f"Num = {num}." in result.explain()


def test_shapes_and_types():
    result = npfc(THREE.astype(float))
    for name, dtype in [("labels", np.int32), ("filtered", np.uint8), ("preliminary", np.int32)]:
        assert (getattr(result, name).shape, getattr(result, name).dtype) == (THREE.shape, dtype)
    assert (result.merged.dtype, result.noise.dtype) == (np.int32, bool)
    assert isinstance(result.num, int)


def test_input_is_not_modified_and_not_shared():
    before = THREE.copy()
    result = npfc(before)
    result.filtered[:] = 0
    assert (before == THREE).all()
    clean = draw("###", "...", "...")  # nothing removed
    assert not np.shares_memory(npfc(clean).filtered, clean)


def test_bad_maps_are_refused():
    with pytest.raises(ValueError, match=r"^wafer_map holds 3 \(1x\).*MixedWM38"):
        npfc([[1, 3]])
