"""Each option changes what it says and nothing else; what it cannot change is not computed again."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import normalized_mutual_info_score

from semlib.sem.data import SemImages
from semlib.sem.evaluate import evaluate_clustering
from semlib.sem.options import _apply as steps
from semlib.sem.options import one_factor as study
from semlib.sem.options.one_factor import one_factor
from semlib.sem.options.open_points import MEAN_GREY, OPTIONS, ROWS, UNTRAINED, defaults
from semlib.sem.preprocess import Preprocess
from semlib.sem.table import method_features, score_table
from semlib.sem.textures import glcm_features, wavelet_features
from semlib.sem.train import TrainConfig, embed, untrained

CONFIG = TrainConfig(epochs=1, batch_size=6, dim=8, device="cpu")
pytestmark = pytest.mark.filterwarnings("ignore:n_components=")  # fewer images than components
CHEAP = ("GLCM", "LBP", "Wavelet", "PCA", MEAN_GREY)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("SEMLIB_CACHE", str(tmp_path_factory.getbasetemp() / "options-cache"))


@pytest.fixture(scope="module")
def pixels():
    """14 images of 32×32, uint8: stripes of several widths, brightness and noise."""
    rng = np.random.default_rng(0)
    x = np.arange(32)
    rows = [90 + 8 * i + 40 * np.sin(x * (0.3 + 0.1 * (i % 4))) for i in range(14)]
    noise = rng.normal(0, 12, (14, 32, 32))
    return np.clip(np.array(rows)[:, None, :] + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def images(pixels):
    framed = np.pad(pixels, ((0, 0), (4, 4), (4, 4)), mode="reflect")
    return SemImages.from_arrays(framed, np.arange(14) % 3)


def setting(**changed):
    return {**defaults(), **changed}


def run(images, **options):
    return one_factor(images, size=32, config=CONFIG, k=3, progress=False, **options)


def test_the_default_is_table_1(images, pixels):
    frame = run(images, options=["border"]).query("option == 'default'").set_index("method")
    features = method_features(pixels, [CONFIG])
    table = score_table(features, images.labels, k=3)
    for method in ROWS:
        for score in ("silhouette", "nmi", "ami", "ari"):
            assert frame.loc[method, score] == pytest.approx(table.loc[method, score], abs=1e-6), method


def test_unaffected_methods_are_not_computed_again(images, monkeypatch):
    made, clustered = [], []
    real_features, real_clusters = study._Study._make, study.evaluate_clustering

    def make(self, method, pixels, setting, config):
        made.append(method)
        return real_features(self, method, pixels, setting, config)

    def cluster(x, *args, **kwargs):
        clustered.append(x.shape)
        return real_clusters(x, *args, **kwargs)

    monkeypatch.setattr(study, "cached", lambda step, make, **_: make())  # nothing may come from the disk
    monkeypatch.setattr(study._Study, "_make", make)
    monkeypatch.setattr(study, "evaluate_clustering", cluster)
    names = ["levels", "distance", "whiten", "standardize", "kmeans_seed", "sample", "average"]
    frame = run(images, options=names, methods=CHEAP)
    # GLCM: the default, 4 other numbers of levels, 2 other distances; PCA: the default, whitened.
    assert pd.Series(made).value_counts().to_dict() == {
        "GLCM": 7,
        "PCA": 2,
        "LBP": 1,
        "Wavelet": 1,
        MEAN_GREY: 1,
    }
    # 12 features at the default, 4 standardised (not the mean grey), 5 with each of 4 other seeds.
    assert len(clustered) == 12 + 4 + 5 * 4
    assert set(frame.query("option == 'levels'").method) == {"GLCM"}
    assert set(frame.query("option == 'standardize'").method) == set(CHEAP) - {MEAN_GREY}


def test_seeds_repeat_the_networks_only(images):
    frame = run(images, options=["l2", "training_seed"], methods=[UNTRAINED, MEAN_GREY], seeds=(3, 4))
    assert frame.query("option == 'l2' and value == 'yes'").seed.tolist() == [3, 4]
    assert frame.query("option == 'default' and method == @MEAN_GREY").seed.tolist() == [-1]
    one_each = frame.query("option == 'training_seed'")
    assert one_each.value.tolist() == [str(seed) for seed in one_each.seed] == list("01234")
    both = frame.query("option == 'default' and method == @UNTRAINED").silhouette.tolist()
    assert both == one_each.silhouette.tolist()[3:]


def test_values_that_mean_nothing_for_a_method_are_left_out(images):
    frame = run(images, options=["normalize"], methods=CHEAP)
    zscored = frame.query("option == 'normalize' and value == 'z-score'")
    assert set(zscored.method) == {"Wavelet", "PCA"}
    assert frame.silhouette.notna().all()


def test_the_twin_is_made_once_for_all_crops_and_is_the_same(monkeypatch):
    twin = SemImages.synthetic(5, size=64)
    made, read = study._Study(twin, 32, CONFIG, 3), []
    real = SemImages.__getitem__
    monkeypatch.setattr(SemImages, "__getitem__", lambda self, i: (read.append(self), real(self, i))[1])
    crops = {border: made._pixels(border)[0] for border in (0, 8, (0, 4, 0, 0))}
    assert sum(images is twin for images in read) == 5
    for border, pixels in crops.items():
        np.testing.assert_array_equal(pixels, Preprocess(border, 32).resize(twin))


def test_without_labels_there_is_a_silhouette_only(images):
    plain = SemImages.from_arrays([images[i] for i in range(len(images))])
    frame = run(plain, options=["average", "sample"], methods=[MEAN_GREY])
    assert list(frame) == ["option", "value", "is_default", "method", "seed", "silhouette"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"options": ["crop"]}, r"options=\['crop'\] is unknown; choose from normalize"),
        ({"methods": ["SSL"]}, r"methods=\['SSL'\] is unknown; choose from GLCM"),
        ({"seeds": []}, "seeds is empty; pass at least one"),
    ],
)
def test_refuses(images, wrong, message):
    with pytest.raises(ValueError, match=message):
        run(images, **wrong)


@pytest.mark.parametrize("method", steps.IMAGE_FEATURES)
def test_features_at_the_default_are_those_of_the_table(pixels, method):
    features = method_features(pixels, [CONFIG])[method][0]
    np.testing.assert_allclose(steps.IMAGE_FEATURES[method](pixels, setting()), features, atol=1e-9)


@pytest.mark.parametrize(
    ("name", "value"),
    [(n, v) for n, o in OPTIONS.items() if o.step == "features" and n != "solver" for v in o.values],
)
def test_each_reading_of_a_feature_changes_its_methods_only(pixels, name, value):
    changed = setting(**{name: OPTIONS[name].values[value]})
    for method, make in steps.IMAGE_FEATURES.items():
        before, after = make(pixels, setting()), make(pixels, changed)
        same = before.shape == after.shape and np.allclose(before, after)
        assert same == (method not in OPTIONS[name].affects or value == OPTIONS[name].default), method


def test_directions_kept_apart(pixels):
    apart = steps._glcm(pixels, setting(angles="apart")).reshape(-1, 4, 5)
    np.testing.assert_allclose(apart.mean(axis=1), glcm_features(pixels))
    np.testing.assert_allclose(apart[:, 2], glcm_features(pixels, angles=(np.pi / 2,)))


def test_summed_energy_is_the_images_own_energy(pixels):
    # Haar is orthonormal: the squares of all coefficients sum to those of the pixels.
    summed = steps._wavelet(pixels, setting(statistics="sum", normalize="none"))
    np.testing.assert_allclose(summed.sum(axis=1), ((pixels / 255) ** 2).sum(axis=(1, 2)), rtol=1e-6)
    details = steps._wavelet(pixels, setting(statistics="details"))
    np.testing.assert_array_equal(details, wavelet_features(pixels)[:, 3:])


def test_pca_variants(pixels):
    exact = steps._pca(pixels, setting())
    whitened = steps._pca(pixels, setting(whiten=True))
    np.testing.assert_allclose(whitened.std(axis=0), 1)
    np.testing.assert_allclose(np.abs(np.corrcoef(exact.T, whitened.T).diagonal(13)), 1)
    # with as many components as there are, the randomised solver is exact too
    randomised = steps._pca(pixels, setting(solver="randomized"))
    np.testing.assert_allclose(np.abs(randomised), np.abs(exact), atol=1e-3)


def test_embedding_options(pixels):
    def z(**changed):
        return steps.network_features(UNTRAINED, pixels, setting(**changed), CONFIG)

    encoder = untrained(pixels, CONFIG)
    np.testing.assert_array_equal(z(), embed(encoder, pixels, batch_size=6))
    np.testing.assert_array_equal(z(level=2), embed(encoder, pixels, level=2, batch_size=6))
    np.testing.assert_allclose(np.linalg.norm(z(l2=True), axis=1), 1)
    own, by_batch = z(statistics_of=(0,)), z(statistics_of="batch")
    assert not np.allclose(own, z())
    assert not np.allclose(own, by_batch)
    # one batch of all images: its own statistics are those of L0, up to n/(n-1) in the variance
    whole = TrainConfig(batch_size=14, dim=8, device="cpu")
    alike = [
        steps.network_features(UNTRAINED, pixels, setting(statistics_of=how), whole)
        for how in ((0,), "batch")
    ]
    np.testing.assert_allclose(*alike, atol=5e-3)


def test_batch_statistics_leave_the_encoder_as_it_was(pixels):
    encoder = untrained(pixels, CONFIG)
    before = {name: tensor.clone() for name, tensor in encoder.state_dict().items()}
    embed(steps._without_statistics(encoder), pixels)
    assert all(torch.equal(before[name], tensor) for name, tensor in encoder.state_dict().items())


def test_configured():
    pairs = OPTIONS["pairs"].values["adjacent"]
    config = steps.configured(CONFIG, setting(pairs=pairs, normalize="none", drop_last=False), 7)
    assert (config.pairs, config.normalize, config.drop_last, config.seed) == (pairs, "none", False, 7)
    assert (config.epochs, config.batch_size, config.dim) == (1, 6, 8)


def test_pairs_name_what_they_say():
    pairs = OPTIONS["pairs"].values
    assert {(j < k, len(pairs["fine to coarse"])) for j, k in pairs["fine to coarse"]} == {(True, 3)}
    assert {(j > k, len(pairs["coarse to fine"])) for j, k in pairs["coarse to fine"]} == {(True, 3)}
    assert {(abs(j - k), len(pairs["adjacent"])) for j, k in pairs["adjacent"]} == {(1, 4)}


@pytest.mark.parametrize("average", OPTIONS["average"].values)
def test_nmi_against_scikit_learn(average):
    x = np.array([0.0, 0.1, 5, 5.1, 9, 9.2, 9.1])[:, None]
    labels = np.array([0, 0, 0, 1, 1, 1, 1])
    clusters = evaluate_clustering(x, labels, k=3)
    row = steps.scores(x, labels, clusters, setting(average=average))
    expected = normalized_mutual_info_score(labels, [1, 1, 2, 2, 0, 0, 0], average_method=average)
    assert row["nmi"] == pytest.approx(expected)
    assert row["silhouette"] == clusters.silhouette
    assert (row["ami"], row["ari"]) == (clusters.ami, clusters.ari)


def test_silhouette_of_a_sample_moves_the_silhouette_only():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2)) + 6 * (np.arange(60) % 3)[:, None]
    clusters = evaluate_clustering(x, np.arange(60) % 3, k=3)
    row = steps.scores(x, np.arange(60) % 3, clusters, setting(sample=0.25))
    assert 0 < abs(row["silhouette"] - clusters.silhouette) < 0.1
    assert row["nmi"] == clusters.nmi
    few = steps.scores(x[:4], None, evaluate_clustering(x[:4], k=2), setting(sample=0.25))
    assert np.isnan(few["silhouette"]) or -1 <= few["silhouette"] <= 1
