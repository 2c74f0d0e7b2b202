"""The rival trainings: same encoder and protocol, no way in for labels; a bound that sees only its folds."""

import inspect

import numpy as np
import pytest
import torch

from semlib.sem import pipeline
from semlib.sem.model import Encoder
from semlib.sem.stronger import self_supervised, supervised
from semlib.sem.stronger.augment import Augment
from semlib.sem.stronger.probe import linear_probe, probe_folds
from semlib.sem.stronger.self_supervised import METHODS, fit_stronger, mlp
from semlib.sem.stronger.supervised import cross_fitted, fit_supervised
from semlib.sem.train import TrainConfig, embed, untrained

CONFIG = TrainConfig(epochs=2, batch_size=8, dim=16, device="cpu")


@pytest.fixture(scope="module")
def pixels():
    """24 images of 16×16: soft blobs, small in the first half, large in the second."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:16, :16]
    places = rng.uniform(6, 10, (24, 2))
    widths = np.repeat([3.0, 30.0], 12)
    blobs = [np.exp(-((x - a) ** 2 + (y - b) ** 2) / s) for (a, b), s in zip(places, widths, strict=True)]
    return np.stack(blobs).astype(np.float32)


LABELS = np.repeat(["small", "large"], 12)


def weights(encoder):
    return torch.cat([p.detach().flatten() for p in encoder.parameters()])


@pytest.mark.parametrize("method", METHODS)
def test_same_seed_same_encoder_and_other_seed_another(pixels, method):
    state = torch.random.get_rng_state()
    first, second = (fit_stronger(pixels, CONFIG, method=method, progress=False) for _ in range(2))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.equal(weights(first.encoder), weights(second.encoder))
    assert first.history.equals(second.history)
    other = fit_stronger(
        pixels,
        TrainConfig(epochs=2, batch_size=8, dim=16, device="cpu", seed=1),
        method=method,
        progress=False,
    )
    assert not torch.equal(weights(first.encoder), weights(other.encoder))
    assert list(first.history.epoch) == [1, 2]
    assert np.isfinite(first.history.to_numpy()).all()
    assert embed(first.encoder, pixels).shape == (24, 16)


@pytest.mark.parametrize("method", METHODS)
def test_training_lowers_the_loss(pixels, method):
    # 40 epochs, since a CPU's rounding decides how far SimSiam is after 12
    config = TrainConfig(epochs=40, batch_size=8, dim=16, device="cpu")
    history = fit_stronger(pixels, config, method=method, progress=False).history
    assert history.loss.iloc[-3:].mean() < 0.9 * history.loss.iloc[0]


def test_it_starts_from_the_encoder_that_the_papers_method_starts_from(pixels, monkeypatch):
    monkeypatch.setattr(torch.optim.Adam, "step", lambda self: None)
    encoder = fit_stronger(pixels, CONFIG, progress=False).encoder
    assert torch.equal(weights(encoder), weights(untrained(pixels, CONFIG)))


def test_vicreg_s_parts_are_in_the_history(pixels):
    row = fit_stronger(pixels, CONFIG, method="vicreg", progress=False).history.iloc[-1]
    assert row.loss == pytest.approx(25 * row.invariance + 25 * row.variance + row.covariance, rel=1e-4)


def test_the_seed_sets_the_views_and_the_layers_behind_the_encoder(pixels, monkeypatch):
    seen, made = [], []
    views, init = self_supervised.two_views, self_supervised.SimSiam.__init__
    monkeypatch.setattr(
        self_supervised, "two_views", lambda *a: (seen.append(a[2].initial_seed()), views(*a))[1]
    )
    monkeypatch.setattr(
        self_supervised.SimSiam,
        "__init__",
        lambda self, dim: (init(self, dim), made.append(weights(self)))[0],
    )
    for seed in (0, 0, 1):
        config = TrainConfig(epochs=1, batch_size=24, dim=16, device="cpu", seed=seed)
        fit_stronger(pixels, config, progress=False)
    assert seen[0] == seen[1] != seen[2]
    assert torch.equal(made[0], made[1])
    assert not torch.equal(made[0], made[2])


def test_equal_views_have_no_invariance_term(pixels):
    history = fit_stronger(pixels, CONFIG, method="vicreg", augment=Augment.off(), progress=False).history
    assert (history.invariance == 0).all()


def test_the_augmentation_matters(pixels):
    plain, shaded = (
        fit_stronger(pixels, CONFIG, augment=a, progress=False).encoder
        for a in (Augment(), Augment().keeping_shading())
    )
    assert not torch.equal(weights(plain), weights(shaded))


def test_labels_have_no_way_into_the_unsupervised_fit(pixels):
    """No argument could carry them, and the module that reads labels is not reachable from it."""
    assert list(inspect.signature(fit_stronger).parameters) == [
        "images",
        "config",
        "method",
        "augment",
        "progress",
    ]
    assert "labels" not in inspect.getsource(self_supervised).replace("no labels", "")
    assert not hasattr(self_supervised, "fit_supervised")


def test_uint8_is_normalised_batch_by_batch(pixels):
    from semlib.sem.preprocess import normalize

    grey = (pixels * 200 + 20).astype(np.uint8)
    a = fit_stronger(grey, CONFIG, progress=False).encoder
    b = fit_stronger(normalize(grey, "minmax"), CONFIG, progress=False).encoder
    assert torch.equal(weights(a), weights(b))


def test_bf16_trains_too(pixels):
    config = TrainConfig(epochs=1, batch_size=8, dim=16, device="cpu", precision="bf16")
    assert np.isfinite(fit_stronger(pixels, config, progress=False).history.loss).all()


def test_mlp_is_linear_norm_relu_and_ends_linear():
    kinds = [type(layer).__name__ for layer in mlp(4, 8, 8, 2)]
    assert kinds == ["Linear", "BatchNorm1d", "ReLU"] * 2 + ["Linear"]
    assert type(mlp(4, 8, 2, last_norm=True)[-1]).__name__ == "BatchNorm1d"
    assert mlp(4, 8, 2)(torch.zeros(3, 4)).shape == (3, 2)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"method": "moco"}, ValueError, "method='moco' must be one of simsiam, vicreg, barlow"),
        (
            {"config": TrainConfig(head=False)},
            ValueError,
            "config.head=False belongs to semlib.sem.train.fit",
        ),
        ({"config": TrainConfig(levels=2)}, ValueError, "config.levels=2 belongs"),
        ({}, ValueError, "there are 24 images to train on, fewer than batch_size=32"),
        ({"images": [[1]]}, TypeError, "images is a list, not an array"),
    ],
)
def test_bad_arguments(pixels, options, error, message):
    with pytest.raises(error, match=message):
        fit_stronger(**({"images": pixels, "progress": False} | options))


def test_supervised_learns_what_it_is_told(pixels):
    config = TrainConfig(epochs=15, batch_size=8, dim=16, device="cpu")
    training = fit_supervised(pixels, LABELS, config, augment=Augment.off(), progress=False)
    assert training.history.loss.iloc[-1] < 0.3 * training.history.loss.iloc[0]
    again = fit_supervised(pixels, LABELS, config, augment=Augment.off(), progress=False)
    assert torch.equal(weights(training.encoder), weights(again.encoder))


def test_each_class_weighs_the_same_whatever_its_size(pixels):
    """An untrained classifier of zeros: cross-entropy ln 2 for all; the gradient of its bias sums to 0."""
    seen = []
    original = supervised.F.cross_entropy
    supervised.F.cross_entropy = lambda z, y, w: (seen.append(w), original(z, y, w))[1]
    try:
        labels = np.repeat([1, 2, 3], [18, 4, 2])
        fit_supervised(pixels, labels, CONFIG, progress=False)
    finally:
        supervised.F.cross_entropy = original
    np.testing.assert_allclose(seen[0], [24 / 54, 24 / 12, 24 / 6], rtol=1e-6)


def test_only_the_labels_of_the_training_rows_matter(pixels):
    rows = np.arange(0, 24, 2)
    changed = LABELS.copy()
    changed[1::2] = "other"
    first, second = (
        fit_supervised(pixels, labels, CONFIG, rows=rows, progress=False).encoder
        for labels in (LABELS, changed)
    )
    assert torch.equal(weights(first), weights(second))


def test_cross_fitted_networks_never_see_their_test_images(pixels):
    """Other test images and labels change nothing in the fold's embeddings of its training images."""
    folds = probe_folds(LABELS, n_splits=2)
    features = cross_fitted(pixels, LABELS, folds, CONFIG, progress=False)
    assert [x.shape for x in features] == [(24, 16)] * 2
    train, test = folds.splits[0]
    other = pixels.copy()
    other[test] = np.random.default_rng(0).random(other[test].shape)
    labels = LABELS.copy()
    labels[test] = labels[test][::-1]
    again = cross_fitted(
        other, labels, type(folds)(folds.splits[:1], folds.classes, {}), CONFIG, progress=False
    )
    np.testing.assert_array_equal(again[0][train], features[0][train])
    assert not np.array_equal(features[1][train], features[0][train])
    assert linear_probe(features, LABELS, folds).values.shape == (2,)


def test_bad_labels(pixels):
    with pytest.raises(ValueError, match="labels has 3 values for 24 samples"):
        fit_supervised(pixels, [1, 2, 3], CONFIG, progress=False)
    with pytest.raises(ValueError, match="labels holds one class only, a; a classifier needs"):
        fit_supervised(pixels, ["a"] * 24, CONFIG, progress=False)
    with pytest.raises(ValueError, match="there are 4 images to train on"):
        fit_supervised(pixels, LABELS, CONFIG, rows=range(4), progress=False)


def test_the_encoder_is_the_papers(pixels):
    for training in (
        fit_stronger(pixels, CONFIG, progress=False),
        fit_supervised(pixels, LABELS, CONFIG, progress=False),
    ):
        assert type(training.encoder) is Encoder
        assert not training.encoder.training


def test_features_are_kept_on_disk_by_all_that_they_depend_on(pixels, tmp_path, monkeypatch):
    monkeypatch.setenv("SEMLIB_CACHE", str(tmp_path))
    folds = probe_folds(LABELS, n_splits=2)
    kept = Augment().keeping_shading()
    first = pipeline.stronger_features(pixels, CONFIG, method="vicreg", augment=kept)
    training = fit_stronger(pixels, CONFIG, method="vicreg", augment=kept, progress=False)
    np.testing.assert_array_equal(first, embed(training.encoder, pixels))
    told = pipeline.supervised_features(pixels, LABELS, folds, CONFIG, augment=kept)
    for a, b in zip(
        told, cross_fitted(pixels, LABELS, folds, CONFIG, augment=kept, progress=False), strict=True
    ):
        np.testing.assert_array_equal(a, b)
    with monkeypatch.context() as nothing_is_trained:
        nothing_is_trained.setattr(pipeline, "fit_stronger", None)
        nothing_is_trained.setattr(pipeline, "cross_fitted", None)
        again = pipeline.stronger_features(pixels, CONFIG, method="vicreg", augment=kept)
        np.testing.assert_array_equal(again, first)
        assert len(pipeline.supervised_features(pixels, LABELS, folds, CONFIG, augment=kept)) == 2
    for options in ({"method": "simsiam", "augment": kept}, {"method": "vicreg", "augment": Augment()}):
        assert not np.array_equal(pipeline.stronger_features(pixels, CONFIG, **options), first)
    swapped = pipeline.supervised_features(pixels, LABELS[::-1], folds, CONFIG, augment=kept)
    assert not np.array_equal(swapped[0], told[0])
