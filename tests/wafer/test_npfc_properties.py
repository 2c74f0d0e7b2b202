"""What holds for NPFC on every map, in both modes (hypothesis)."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from map_strategies import TIMES, examples, grains, groups, maps
from sklearn.cluster import DBSCAN
from small_maps import TURNS

from semlib.wafer.npfc import npfc

DATA = Path(__file__).resolve().parents[2] / "../shared/data"
OPTIONS = {
    "paper": {},
    "practical": {"mode": "practical", "min_dies": "chance"},
    "fixed floor": {"mode": "practical", "min_dies": 6},
}
MODES = tuple(OPTIONS)
modes = st.sampled_from(MODES)


def run(wafer_map, mode):
    return npfc(wafer_map, **OPTIONS[mode])


def check_removal(wafer_map, result):
    """Nothing is added, and each removed die has its reason in the result."""
    changed = result.filtered != wafer_map
    assert (wafer_map[changed] == 2).all()
    assert (result.filtered[changed] == 1).all()
    removed = [made.cluster for made in result.decisions if made.verdict == "removed"]
    assert (changed == (result.noise | np.isin(result.merged, removed))).all()
    assert ((result.labels >= 0) == (result.filtered == 2)).all()
    assert all(made.reason.endswith(".") for made in result.decisions)
    assert [made.cluster for made in result.decisions] == list(range(result.num, result.merged.max() + 1))


@examples(250)
@given(maps(), modes)
def test_only_removes_dies_and_gives_a_reason_for_each(wafer_map, mode):
    check_removal(wafer_map, run(wafer_map, mode))


@examples(150)
@given(maps(largest=14), modes, st.randoms(use_true_random=False))
def test_the_account_of_a_die_says_what_became_of_it(wafer_map, mode, random):
    result = run(wafer_map, mode)
    place = random.randrange(wafer_map.shape[0]), random.randrange(wafer_map.shape[1])
    account = result.explain_die(*place)
    before, after = wafer_map[place], result.filtered[place]
    words = {(0, 0): "no die", (1, 1): "a good die", (2, 2): "defective, kept", (2, 1): "defective, removed"}
    assert words[before, after] in account.splitlines()[0]
    if result.merged[place] >= 0:
        made = [one for one in result.decisions if one.cluster == result.merged[place]]
        assert all(one.reason in account for one in made)
        assert bool(made) != (result.merged[place] in result.cores)


@examples(250)
@given(maps(), modes)
def test_every_map_of_clusters_is_largest_first(wafer_map, mode):
    result = run(wafer_map, mode)
    for labels in (result.labels, result.preliminary, result.merged):
        sizes = np.bincount(labels[labels >= 0])
        assert (np.diff(sizes) <= 0).all()
        assert (sizes > 0).all()
    assert result.labels.max() + 1 == result.num == len(result.cores)


@examples(250)
@given(maps(), modes)
def test_each_merge_is_the_recorded_one(wafer_map, mode):
    result = run(wafer_map, mode)
    label_of_core = {core: label for label, core in enumerate(result.cores)}
    assert sorted(label_of_core) == list(range(result.num))
    joins = {core: core for core in label_of_core} | {made.cluster: made.into for made in result.decisions}
    label_of = [-1 if joins[k] is None else label_of_core[joins[k]] for k in range(len(joins))]
    assert (result.labels == np.array([*label_of, -1])[result.merged]).all()


@examples(250)
@given(maps())
def test_scores_and_decisions_are_recorded_for_every_num_tried(wafer_map):
    result = npfc(wafer_map)
    n_clusters = result.merged.max() + 1
    nums = list(range(2, min(5, n_clusters) + 1)) if n_clusters > 1 else []
    assert [score.num for score in result.scores] == list(result.decisions_by_num) == nums
    if nums:
        assert result.decisions == result.decisions_by_num[result.num]
        best = max(score.sd for score in result.scores)
        assert next(s.num for s in result.scores if s.sd >= best - 1e-9) == result.num
    for num, decisions in result.decisions_by_num.items():
        for made in decisions:
            per_core = (made.cases, made.alpha, made.n_dist, made.f_dist, made.m_dist, made.den)
            assert {len(values) for values in per_core} == {num}
            assert all(
                near <= mean + 1e-9 and mean <= far + 1e-9
                for near, mean, far in zip(made.n_dist, made.m_dist, made.f_dist, strict=True)
            )


@examples(250)
@given(maps(), modes, st.sampled_from([np.int64, np.float32, "F", "strided"]))
def test_same_map_same_result_however_it_is_stored(wafer_map, mode, how):
    stored = {"F": np.asfortranarray(wafer_map), "strided": np.repeat(wafer_map, 2, axis=1)[:, ::2]}
    first, second = run(wafer_map, mode), run(stored[how] if how in stored else wafer_map.astype(how), mode)
    for name in ("labels", "filtered", "preliminary", "merged", "noise"):
        assert (getattr(first, name) == getattr(second, name)).all()
    assert (first.scores, first.decisions_by_num) == (second.scores, second.decisions_by_num)
    assert first.explain() == second.explain()


def check_dbscan(wafer_map, result):
    """The preliminary clusters and the noise are DBSCAN's: eps sqrt(2), 3 samples, each point counted."""
    points = np.argwhere(wafer_map == 2)
    image = np.full(wafer_map.shape, -1)
    if len(points):
        image[wafer_map == 2] = DBSCAN(eps=2**0.5 + 1e-9, min_samples=3).fit_predict(points)
    assert groups(image) == groups(result.preliminary)
    assert (((image < 0) & (wafer_map == 2)) == result.noise).all()


@examples(300)
@given(maps(), modes)
def test_preliminary_clusters_are_dbscan(wafer_map, mode):
    check_dbscan(wafer_map, run(wafer_map, mode))


def keys(result):
    """Return what orders the clusters (size, rmin and rmax, exactly), in their order."""
    y, x = np.indices(result.merged.shape)
    height, width = result.merged.shape
    radii = (2 * y + 1 - height) ** 2 + (2 * x + 1 - width) ** 2
    clusters = (radii[result.merged == k] for k in range(result.merged.max() + 1))
    return [(len(r), r.min(), r.max()) for r in clusters]


def check_turned(turn, wafer_map, result, turned, cores):
    """The turned map's result is the turned result, as far as ``keys`` put the cores into one order."""
    for name in ("preliminary", "merged"):
        assert groups(turn(getattr(result, name))) == groups(getattr(turned, name))
    assert (turn(result.noise) == turned.noise).all()
    assert turned.radius == pytest.approx(result.radius)
    assert keys(turned) == keys(result)
    if len(set(cores)) == len(cores):
        assert (turned.num, turned.cores) == (result.num, result.cores)
        assert (turned.labels == turn(result.labels)).all()
        assert (turned.filtered == turn(result.filtered)).all()
        assert [s.sd for s in turned.scores] == pytest.approx([s.sd for s in result.scores])


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
@examples(60)
@given(wafer_map=maps(smallest=6))
def test_a_turned_map_gives_the_turned_result(turn, wafer_map):
    result, turned = npfc(wafer_map), npfc(turn(wafer_map))
    check_turned(turn, wafer_map, result, turned, keys(result)[:6])  # Num is 5 at most


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
@examples(40)
@given(wafer_map=maps(), mode=st.sampled_from(MODES[1:]))
def test_a_turned_map_gives_the_turned_result_in_the_practical_mode(turn, wafer_map, mode):
    result, turned = run(wafer_map, mode), run(turn(wafer_map), mode)
    check_turned(turn, wafer_map, result, turned, keys(result))
    assert (turned.filtered == turn(result.filtered)).all()  # always: a twin's number changes nothing here


def test_mirror_twins_break_the_tie_by_raster_order():
    # One of two mirror images is a core and the other is not: no rule that sees only the map can be symmetric
    wafer_map = np.ones((15, 15), np.uint8)
    wafer_map[6:9, 6:9] = 2
    wafer_map[6:9, 0] = wafer_map[6:9, 14] = 2
    result = npfc(wafer_map, num_range=(2, 2))
    assert keys(result)[1] == keys(result)[2]
    assert (wafer_map == wafer_map[:, ::-1]).all()
    assert (result.merged[6:9, 0] == 1).all()  # first in raster order
    assert (result.merged[6:9, 14] == 2).all()


@examples(150)
@given(grains(largest=90), modes)
def test_maps_of_any_size_and_density_are_done(wafer_map, mode):
    check_removal(wafer_map, run(wafer_map, mode))


WORST = {
    "all defective": np.full((300, 300), 2, np.uint8),
    "a checkerboard": 1 + (np.indices((200, 200)).sum(0) % 2).astype(np.uint8),
    "two halves": np.where(abs(np.arange(200) - 100) < 2, 1, 2) * np.ones((200, 1), int),
    "stripes": np.where(np.arange(200) % 4, 1, 2)[:, None] * np.ones(200, int),
    "one row of triples": np.where(np.arange(9000) % 7 < 3, 2, 1)[None],
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", WORST)
def test_maps_with_many_dies_or_many_clusters_are_done(name, mode):
    check_removal(
        WORST[name], run(WORST[name], mode)
    )  # all pairs of the dies would take minutes, or gigabytes


ANYTHING = (
    hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
    | hnp.arrays(st.sampled_from([np.int8, np.float64]), (3, 4), elements=st.integers(0, 3))
    | st.recursive(st.none() | st.integers(-1, 3) | st.floats() | st.text(max_size=2), st.lists, max_leaves=9)
)


@examples(250)
@given(ANYTHING, modes)
def test_whatever_is_passed_gives_a_result_or_a_plain_error(value, mode):
    message = "wafer_map "
    try:
        result = run(value, mode)
    except ValueError as error:
        message = str(error)
    else:
        check_removal(np.asarray(value), result)
    assert message.startswith("wafer_map ")


def test_all_of_it_on_real_maps():
    path = DATA / "wm811k/WM811K_labelled_half.npz"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    with np.load(path) as stored:
        flat, offsets, shapes = stored["flat"], stored["offsets"], stored["shapes"]
    for i, j in enumerate(np.random.default_rng(8).choice(len(shapes), 80 * TIMES, replace=False)):
        wafer_map = flat[offsets[j] : offsets[j + 1]].reshape(shapes[j])
        turn = list(TURNS.values())[i % 8]
        for mode in MODES:
            result, turned = run(wafer_map, mode), run(turn(wafer_map), mode)
            check_removal(wafer_map, result)
            check_dbscan(wafer_map, result)
            check_turned(
                turn, wafer_map, result, turned, keys(result)[:6] if mode == "paper" else keys(result)
            )
