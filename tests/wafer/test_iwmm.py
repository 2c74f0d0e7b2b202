"""iWMM on points and maps: what it finds, how sure, and what it says of bad input."""

import numpy as np
import pytest
from sklearn.datasets import make_moons
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_info, threadpool_limits

from semlib.wafer.iwmm import IwmmOptions, draw_dies, fit_iwmm, iwmm, start
from semlib.wafer.iwmm_types import coclustering, standardised
from semlib.wafer.synthetic import synthetic_mixed_maps


def fit(points, **options):
    return fit_iwmm(points, progress=False, **options)


@pytest.fixture(scope="module")
def blobs():
    """Two round groups far apart, the second the larger, and a short fit."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(8 + 12, 2))
    points[8:] += [20, 0]
    return points, fit(points, n_iter=80)


@pytest.fixture(scope="module")
def square_map():
    """A map with two squares of defective dies, 9 and 16."""
    wafer_map = np.ones((16, 16), np.uint8)
    wafer_map[1:4, 1:4] = 2
    wafer_map[10:14, 10:14] = 2
    return wafer_map


def test_two_groups_far_apart_are_two_clusters_the_larger_first(blobs):
    _, found = blobs
    assert found.labels.tolist() == [1] * 8 + [0] * 12
    assert found.n_components == 2


def test_a_fit_holds_the_whole_chain(blobs):
    points, found = blobs
    assert found.labels.dtype == found.kept_labels.dtype == np.int32
    assert found.latent.shape == (20, 2)
    assert found.points.tolist() == points.tolist()
    for trace in (found.log_joint, found.components, found.accepted, found.step):
        assert trace.shape == (80,)
    assert np.isfinite(found.log_joint).all()
    assert found.components.min() >= 1
    assert ((found.accepted >= 0) & (found.accepted <= 1)).all()
    assert len(set(found.step[:40])) == 40  # adapted in the warm-up, then fixed
    assert len(set(found.step[40:])) == 1
    assert found.kept.tolist() == list(range(80))
    chosen = found.kept.tolist().index(found.chosen)
    assert found.chosen >= 40
    assert found.kept_labels[chosen].tolist() == found.labels.tolist()
    assert found.kept_latent[chosen] == pytest.approx(found.latent, rel=1e-6)
    assert [len(set(labels)) for labels in found.kept_labels] == found.components.tolist()


def test_a_long_chain_keeps_200_draws_or_a_little_more(blobs):
    points, _ = blobs
    found = fit(points[5:11], n_iter=401)
    assert np.diff(found.kept).tolist() == [3] * 133
    assert found.kept[-1] == 400


def test_the_same_seed_gives_the_same_chain(blobs):
    points, found = blobs
    again = fit(points, n_iter=80)
    assert again.log_joint.tolist() == found.log_joint.tolist()
    assert again.kept_labels.tolist() == found.kept_labels.tolist()
    assert fit(points, n_iter=80, seed=1).log_joint.tolist() != found.log_joint.tolist()


def test_global_random_state_and_input_stay_as_they_are(blobs):
    points, _ = blobs
    before, state = points.copy(), np.random.get_state()[1].copy()  # noqa: NPY002
    fit(points, n_iter=2)
    assert (points == before).all()
    assert (np.random.get_state()[1] == state).all()  # noqa: NPY002


def test_blas_has_its_threads_back_afterwards(blobs):
    with threadpool_limits(2, user_api="blas"):
        before = threadpool_info()
        fit(blobs[0], n_iter=2)
        assert threadpool_info() == before


def test_shift_and_size_of_the_points_change_nothing_but_rounding(blobs):
    points, found = blobs
    again = fit(points * 4 + 32, n_iter=6)
    # the same draws, until the shorter warm-up ends
    assert again.log_joint[:3] == pytest.approx(found.log_joint[:3], rel=1e-6)


def test_the_summaries_choose_from_the_second_half(blobs):
    points, found = blobs
    last, joint = fit(points, n_iter=80, summary="last"), fit(points, n_iter=80, summary="joint")
    assert last.chosen == 79
    assert joint.chosen == 40 + np.argmax(found.log_joint[40:])
    late = found.kept_labels[40:]
    expected = np.mean([labels[:, None] == labels for labels in late], axis=0)
    assert found.coclustering() == pytest.approx(expected)
    misfits = [(((labels[:, None] == labels) - expected) ** 2).sum() for labels in late]
    assert found.chosen == 40 + np.argmin(np.round(misfits, 9))


def test_coclustering_by_hand():
    found = coclustering(np.array([[0, 0, 1], [0, 1, 1], [0, 0, 0], [2, 2, 1]]))
    assert found.tolist() == [[1, 0.75, 0.25], [0.75, 1, 0.5], [0.25, 0.5, 1]]


def test_points_are_scaled_by_one_number():
    y, middle, scale = standardised(np.array([[0.0, 0.0], [4.0, 2.0]]))
    assert (middle.tolist(), scale) == ([2, 1], pytest.approx(np.sqrt((4 + 1) / 2)))
    assert y == pytest.approx(np.array([[-2, -1], [2, 1]]) / scale)


def test_the_chain_starts_at_the_points_or_their_principal_components():
    y, _, _ = standardised(np.array([[0.0, 0.1], [1, 0], [2, 0.1], [3, 0]]))
    rng = np.random.default_rng(0)
    assert start(y, IwmmOptions(), rng) == pytest.approx(3 * y)
    line = start(y, IwmmOptions(latent_dim=1, start_scale=2), rng)
    assert line.std() == pytest.approx(2)
    assert abs(np.corrcoef(line[:, 0], y[:, 0])[0, 1]) > 0.999
    room = start(y, IwmmOptions(latent_dim=3), rng)
    assert room[:, :2] == pytest.approx(3 * y)
    assert 0 < np.abs(room[:, 2]).max() < 1.5


@pytest.mark.parametrize("latent_dim", [1, 2, 3])
def test_latent_spaces_of_other_dimensions(latent_dim, blobs):
    found = fit(blobs[0], n_iter=40, latent_dim=latent_dim)
    assert found.latent.shape == (20, latent_dim)
    assert found.warp(found.latent[:5]).shape == (5, 2)


def test_the_warping_takes_latent_points_near_where_they_are_seen(blobs):
    points, found = blobs
    away = np.linalg.norm(found.warp(found.latent) - points, axis=1)
    assert away.mean() < 0.25 * points.std()
    # far from all points the process knows nothing but its mean
    assert found.warp([[1e4, 0]]) == pytest.approx(points.mean(axis=0)[None])
    with pytest.raises(ValueError, match=r"latent has shape \(3,\); pass \(m, 2\)"):
        found.warp([1.0, 2, 3])


def test_ellipses_lie_about_their_components(blobs):
    _, found = blobs
    for k, ellipse in enumerate(found.ellipses(deviations=2, n=50)):
        own = found.latent[found.labels == k]
        assert ellipse.shape == (50, 2)
        assert np.linalg.norm(ellipse.mean(axis=0) - own.mean(axis=0)) < 1
    with pytest.raises(ValueError, match="latent_dim=2"):
        fit(found.points, n_iter=2, latent_dim=1).ellipses()


def test_points_that_coincide_leave_the_log_joint_finite():
    points = np.repeat([[0.0, 0.0], [1.0, 0.0], [5.0, 5.0]], 6, axis=0)
    found = fit(points, n_iter=30)
    assert np.isfinite(found.log_joint).all()


def test_two_moons_are_parted_better_than_by_a_line():
    points, truth = make_moons(40, noise=0.05, random_state=3)
    found = fit(points, n_iter=350, seed=3)
    # short, for a quick test; notebook 27 records longer chains over several seeds
    assert adjusted_rand_score(truth, found.labels) > 0.6
    early = found.log_joint[:20].mean()
    assert found.log_joint[-100:].mean() > early


# Maps


def test_a_map_with_two_squares(square_map):
    before = square_map.copy()
    labels = iwmm(square_map, n_iter=60, progress=False)
    assert labels.dtype == np.int32
    assert (labels[10:14, 10:14] == 0).all()
    assert (labels[1:4, 1:4] == 1).all()
    assert ((labels >= 0) == (square_map == 2)).all()
    assert (square_map == before).all()


def test_dies_that_are_not_drawn_join_the_nearest_that_are(square_map):
    labels = iwmm(square_map, n_iter=60, max_dies=10, progress=False)
    assert ((labels >= 0) == (square_map == 2)).all()
    assert len(set(labels[10:14, 10:14].ravel()) & set(labels[1:4, 1:4].ravel())) == 0


def test_drawn_dies_are_some_of_the_dies_in_order():
    dies = np.argwhere(np.ones((9, 9)))
    drawn = draw_dies(dies, 20, seed=0)
    rows = [dies.tolist().index(die) for die in drawn.tolist()]
    assert rows == sorted(set(rows))
    assert len(rows) == 20
    assert draw_dies(dies, 81, seed=0) is dies
    assert draw_dies(dies, 20, seed=1).tolist() != drawn.tolist()


def test_center_and_edge_loc_of_the_twin_never_share_a_cluster_by_much():
    maps, truth = synthetic_mixed_maps(1, ("Center", "Edge-Loc"), 0.0, 0)
    labels = iwmm(maps[0], n_iter=120, max_dies=50, progress=False)
    patterns = truth[0][truth[0] >= 0]
    for k in range(labels.max() + 1):
        shares = np.bincount(patterns[labels[truth[0] >= 0] == k])
        assert shares.max() > 0.9 * shares.sum()


# What is refused


@pytest.mark.parametrize(
    ("n_dies", "message"), [(0, "has 0 defective dies; iWMM needs at least 3"), (2, "has 2 defective dies")]
)
def test_too_few_dies(n_dies, message):
    wafer_map = np.ones((4, 4), np.uint8)
    wafer_map.flat[:n_dies] = 2
    with pytest.raises(ValueError, match=message):
        iwmm(wafer_map)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_iter": 1}, "n_iter=1 must be a whole number of at least 2"),
        ({"n_iter": 10.0}, r"n_iter=10.0 must be a whole number"),
        ({"n_iter": True}, "n_iter=True must be"),
        ({"seed": -1}, "seed=-1 must be a whole number of at least 0"),
        ({"latent_dim": 0}, "latent_dim=0 must be a whole number of at least 1"),
        ({"hmc_steps": 0}, "hmc_steps=0 must be"),
        ({"eta": 0}, "eta=0 must be a number above 0"),
        ({"r": np.nan}, "r=nan must be a number above 0"),
        ({"start_scale": np.inf}, "start_scale=inf must be a number above 0"),
        ({"nu": 1}, "nu=1 must be above latent_dim - 1 = 1, or None"),
        ({"theta_sd": (1, 1, 0)}, r"theta_sd=\(1, 1, 0\) must be three numbers above 0, at most 10"),
        ({"theta_mean": (1, 1)}, r"theta_mean=\(1, 1\) must be three numbers"),
        ({"summary": "best"}, "summary='best' must be 'coclustering', 'joint' or 'last'"),
    ],
)
def test_bad_options(options, message, square_map):
    with pytest.raises(ValueError, match=message):
        iwmm(square_map, **options)


def test_bad_max_dies_map_and_unknown_option(square_map):
    with pytest.raises(ValueError, match="max_dies=2 must be a whole number of at least 3"):
        iwmm(square_map, max_dies=2)
    with pytest.raises(ValueError, match="wafer_map holds 6"):
        iwmm(square_map + 5)
    with pytest.raises(TypeError, match=r"iWMM has no option 'alpha'; its options are latent_dim, eta"):
        iwmm(square_map, alpha=1)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([1.0, 2.0, 3.0], r"points has shape \(3,\); pass \(n, 2\)"),
        (np.zeros((4, 0)), r"points has shape \(4, 0\)"),
        (np.eye(2), "points has 2 rows; iWMM needs at least 3"),
        ([[0, 1], [1, np.nan], [2, 2]], "points holds nan or infinity"),
        ([[1, 2]] * 5, "points are 5 times the same"),
        ([[1, 2], [3]], "points is no table of numbers"),
        ([["a", "b"]] * 3, "points is no table of numbers"),
    ],
)
def test_bad_points(points, message):
    with pytest.raises(ValueError, match=message):
        fit_iwmm(points)
