"""Table 1: one row a method, with controls, means and intervals."""

import numpy as np
import pytest

from semlib.sem.evaluate import LABEL_SCORES, evaluate_clustering, seed_interval
from semlib.sem.preprocess import normalize
from semlib.sem.table import CONTROLS, METHODS, PAPER, SSL, method_features, scaled, score_table
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
    assert {name: len(x) for name, x in features.items() if len(x) > 1} == {SSL: 2, "Untrained encoder": 2}
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


def test_scaled_by_hand():
    x = np.array([[0.0, 7, 0.1], [4.0, 7, 0.1]])
    np.testing.assert_allclose(scaled(x, standardize=True), [[-1, 0, 0], [1, 0, 0]])
    np.testing.assert_allclose(scaled(np.array([[3.0, 4], [0, 0]]), l2=True), [[0.6, 0.8], [0, 0]])
