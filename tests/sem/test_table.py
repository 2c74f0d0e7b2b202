"""Table 1: one row a method, with controls, means and intervals."""

import numpy as np
import pytest

from semlib.sem.evaluate import LABEL_SCORES, evaluate_clustering
from semlib.sem.intervals import bootstrap_interval, seed_interval
from semlib.sem.preprocess import normalize
from semlib.sem.table import (
    CONTROLS,
    METHODS,
    PAPER,
    SSL,
    UNTRAINED,
    best_k,
    k_sweep,
    method_features,
    scaled,
    score_table,
)
from semlib.sem.train import TrainConfig

RNG = np.random.default_rng(0)
LABELS = np.repeat(["a", "b", "c"], [10, 6, 4])
FEATURES = {"one": [RNG.normal(size=(20, 3))], "two": [RNG.normal(size=(20, 4)) for _ in range(3)]}
CONFIGS = [TrainConfig(epochs=1, batch_size=10, seed=s) for s in (0, 1)]


@pytest.fixture(scope="module")
def bytes_and_features(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEMLIB_CACHE", str(tmp_path_factory.mktemp("cache")))
        pixels = np.random.default_rng(1).integers(0, 200, (20, 16, 16), dtype=np.uint8)
        yield pixels, method_features(pixels, CONFIGS)


def test_methods_and_controls_are_there(bytes_and_features):
    _, features = bytes_and_features
    assert tuple(features) == METHODS + CONTROLS
    assert {name: len(x) for name, x in features.items() if len(x) > 1} == {SSL: 2, UNTRAINED: 2}
    assert {len(x) for versions in features.values() for x in versions} == {20}
    assert not np.allclose(*features[SSL])  # another seed, another encoder
    assert tuple(PAPER.index) == METHODS


def test_bytes_and_normalised_floats_give_the_same(bytes_and_features):
    pixels, features = bytes_and_features
    from_floats = method_features(normalize(pixels, "minmax"), CONFIGS[:1])
    for name, (x,) in from_floats.items():
        np.testing.assert_allclose(x, features[name][0], rtol=1e-4, atol=1e-4, err_msg=name)


def test_normalize_goes_to_every_method(bytes_and_features):
    pixels, features = bytes_and_features
    for name, (x,) in method_features(pixels, CONFIGS[:1], normalize="none").items():
        assert not np.allclose(x, features[name][0]), name


def test_no_seed_is_refused():
    with pytest.raises(ValueError, match="configs is empty"):
        method_features(np.zeros((4, 8, 8), np.uint8), [])


def test_scores_are_means_over_seeds():
    table = score_table(FEATURES, LABELS, k=3, seed=1)
    assert list(table.index) == ["one", "two"]
    names = [f"{s}{end}" for s in ("silhouette", *LABEL_SCORES) for end in ("", "_low", "_high")]
    assert list(table.columns) == names
    by_hand = [evaluate_clustering(x, LABELS, k=3, seed=1).ami for x in FEATURES["two"]]
    assert tuple(table.loc["two", ["ami", "ami_low", "ami_high"]]) == pytest.approx(seed_interval(by_hand))
    assert table.loc["one", "ami"] == table.loc["one", "ami_low"] == table.loc["one", "ami_high"]


def test_without_labels_there_is_the_silhouette_only():
    assert list(score_table(FEATURES, None, k=3)) == ["silhouette", "silhouette_low", "silhouette_high"]


def test_k_is_less_than_the_number_of_images():
    assert score_table({"x": [np.arange(4.0)[:, None]]}, None, k=6).silhouette.notna().all()


@pytest.mark.parametrize("options", [{"standardize": True}, {"l2": True}, {"standardize": True, "l2": True}])
def test_options_scale_the_features(options):
    (x,) = FEATURES["one"]
    own = score_table({"one": [scaled(x, **options)]}, LABELS, k=3)
    np.testing.assert_allclose(score_table({"one": [x]}, LABELS, k=3, **options), own)


def test_a_single_number_has_no_direction():
    table = score_table({"x": [np.arange(20.0)[:, None]], "y": FEATURES["one"]}, LABELS, k=3, l2=True)
    assert table.loc["x"].isna().all()
    assert table.loc["y"].notna().all()


def test_scaled_by_hand():
    x = np.array([[0.0, 7, 0.1], [4.0, 7, 0.1]])
    np.testing.assert_allclose(scaled(x, standardize=True), [[-1, 0, 0], [1, 0, 0]])
    np.testing.assert_allclose(scaled(np.array([[3.0, 4], [0, 0]]), l2=True), [[0.6, 0.8], [0, 0]])


def test_what_is_not_random_gets_an_interval_over_images():
    table = score_table(FEATURES, LABELS, k=3, seed=1, resamples=4)
    assert table.interval.to_dict() == {"one": "images", "two": "seeds"}
    own = bootstrap_interval(FEATURES["one"][0], LABELS, k=3, seed=1, resamples=4)
    assert tuple(table.loc["one", ["nmi", "nmi_low", "nmi_high"]]) == pytest.approx(own["nmi"])
    seeds = score_table(FEATURES, LABELS, k=3, seed=1)
    assert table.loc["two"].drop("interval").astype(float).equals(seeds.loc["two"])


def test_too_few_images_for_halves_have_no_interval():
    row = score_table({"x": [np.arange(8.0)[:, None]]}, None, k=4, resamples=3).loc["x"]
    assert row.silhouette > 0
    assert np.isnan([row.silhouette_low, row.silhouette_high]).all()


def test_sweep_over_k():
    sweep = k_sweep(FEATURES, LABELS, ks=(2, 5, 20), seed=1)
    assert list(sweep) == ["method", "version", "k", "silhouette", *LABEL_SCORES]
    assert len(sweep) == 8  # 4 arrays, and k = 20 is no less than the number of images
    for row in sweep.itertuples():
        own = evaluate_clustering(FEATURES[row.method][row.version], LABELS, k=row.k, seed=1)
        assert (row.silhouette, row.ari) == pytest.approx((own.silhouette, own.ari))


def test_best_k_has_the_highest_mean_silhouette():
    groups = np.repeat([0.0, 10, 20, 30], 5)[:, None] + RNG.normal(0, 0.1, (20, 1))
    sweep = k_sweep({"z": [groups, groups], "a": [np.sign(groups - 15) + groups / 1e3]}, None)
    assert best_k(sweep).to_dict() == {"z": 4, "a": 2}
    assert list(best_k(sweep).index) == ["z", "a"]


def test_sweep_refuses_one_cluster():
    with pytest.raises(ValueError, match="ks=1 must be an integer of at least 2"):
        k_sweep(FEATURES, None, ks=[1, 2])
