"""Features of uint8 images, such as the store's: as if normalised first, on any number of threads."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from semlib.sem import _by_image, _gram, baselines, pipeline
from semlib.sem.baselines import (
    BASELINES,
    glcm_features,
    grey_features,
    lbp_features,
    mean_grey,
    pca_features,
    principal_pictures,
    shading_features,
    wavelet_features,
)
from semlib.sem.preprocess import MODES, normalize

IMAGE_BY_IMAGE = {name: f for name, f in BASELINES.items() if name != "PCA"} | {
    "grey": grey_features,
    "mean grey": mean_grey,
    "shading": shading_features,
}
ALL = IMAGE_BY_IMAGE | {"PCA": lambda images, **options: pca_features(images, 3, **options)}


def grains(n=7, size=16, seed=0):
    """Grainy images of different brightness and contrast; the last is of one grey."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (n, size, size)) * rng.uniform(0.2, 0.8, (n, 1, 1))
    images += rng.uniform(0, 50, (n, 1, 1))
    images[-1] = 77
    return images.astype(np.uint8)


@pytest.fixture
def stored(tmp_path):
    """A read-only memory map, as the store's."""
    np.save(tmp_path / "images.npy", grains())
    return np.load(tmp_path / "images.npy", mmap_mode="r")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", IMAGE_BY_IMAGE)
def test_bytes_give_the_bits_of_images_normalised_first(name, mode, stored):
    if mode == "zscore" and name in ("GLCM", "LBP"):
        pytest.skip("refused: see the next test")
    ours = IMAGE_BY_IMAGE[name](stored, normalize=mode)
    np.testing.assert_array_equal(ours, IMAGE_BY_IMAGE[name](normalize(grains(), mode)))
    assert len(np.unique(ours, axis=0)) > 1 or mode == "zscore"


@pytest.mark.parametrize("features", [glcm_features, lbp_features])
def test_zscore_is_refused_where_grey_levels_are_needed(features):
    with pytest.raises(ValueError, match=r"'zscore' gives values outside .*choose 'minmax', 'none' or"):
        features(grains(), normalize="zscore")


@pytest.mark.parametrize("name", ALL)
def test_an_unknown_normalisation_is_refused(name):
    with pytest.raises(ValueError, match="normalize='max' is unknown; choose one of minmax, none"):
        ALL[name](grains(), normalize="max")


@pytest.mark.parametrize("name", ALL)
def test_zero_threads_are_refused(name):
    with pytest.raises(ValueError, match="n_jobs=0 must be an integer of at least 1, or None or -1"):
        ALL[name](grains(), n_jobs=0)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("images", [grains(), normalize(grains())], ids=["uint8", "float32"])
def test_threads_do_not_change_a_bit(name, images, monkeypatch):
    monkeypatch.setattr(_by_image, "_BLOCK", 2 * 16 * 16)  # two images a block, the last has one
    monkeypatch.setattr(_gram, "_EXACT", 50)
    one = ALL[name](images, n_jobs=1)
    for n_jobs in (3, None, -1):
        np.testing.assert_array_equal(one, ALL[name](images, n_jobs=n_jobs))


@pytest.mark.parametrize("name", ALL)
def test_a_bar_counts_what_is_done(name, monkeypatch, capsys):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    ALL[name](grains(), progress=True)
    assert "100%" in capsys.readouterr().err
    ALL[name](grains())
    assert not capsys.readouterr().err


def test_sums_of_bytes_by_hand():
    # Less 128: (-128, 127, 0) and (2, 1, -1).
    images = np.array([[[0, 255, 128]], [[130, 129, 127]]], np.uint8)
    products, sums, low, high = _gram._sums_of_bytes(images, n_jobs=1, progress=False)
    np.testing.assert_array_equal(products, [[128**2 + 127**2, -256 + 127], [-256 + 127, 6]])
    np.testing.assert_array_equal([sums, low, high], [[-1, 2], [-128, -1], [127, 2]])


@pytest.mark.parametrize("grey", [0, 255])
def test_the_largest_sums_are_exact(grey):
    # The worst case of a block: all products are 128² (or 127²) and of one sign.
    images = np.full((2, 64, 40), grey, np.uint8)
    products, sums, _, _ = _gram._sums_of_bytes(images, n_jobs=1, progress=False)
    np.testing.assert_array_equal(products, 64 * 40 * (grey - 128) ** 2)
    np.testing.assert_array_equal(sums, 64 * 40 * (grey - 128))
    assert _gram._EXACT * 128**2 <= 2**24


def test_sums_of_bytes_equal_those_of_integers(monkeypatch):
    monkeypatch.setattr(_gram, "_EXACT", 100)
    monkeypatch.setattr(_gram, "_TILE", 4)
    images = grains(11, 24)
    flat = images.reshape(11, -1).astype(np.int64) - 128
    products, sums, low, high = _gram._sums_of_bytes(images, n_jobs=2, progress=False)
    np.testing.assert_array_equal(products, flat @ flat.T)
    np.testing.assert_array_equal([sums, low, high], [flat.sum(1), flat.min(1), flat.max(1)])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("n", "size", "k"), [(40, 32, 39), (40, 5, 25)], ids=["more pixels", "fewer"])
def test_pca_of_bytes_equals_scikit_learn(n, size, k, mode, monkeypatch):
    monkeypatch.setattr(_gram, "_BLOCK", 300)
    monkeypatch.setattr(_gram, "_EXACT", 100)
    monkeypatch.setattr(_gram, "_TILE", 16)
    images = grains(n, size)
    pixels = normalize(images, mode).reshape(n, -1).astype(float)
    ours, theirs = pca_features(images, k, normalize=mode), PCA(k, svd_solver="full").fit_transform(pixels)
    theirs *= np.sign((ours * theirs).sum(axis=0))  # the sign is a convention
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


@pytest.mark.parametrize("mode", _gram.AFFINE)
def test_pca_of_bytes_has_no_rounding_of_float32(mode):
    images = grains(40, 32)
    exact = MODES[mode] or (lambda image: image / 255)
    pixels = np.stack([exact(image.astype(float)).ravel() for image in images])
    ours, theirs = (
        pca_features(images, 38, normalize=mode),
        PCA(38, svd_solver="full").fit_transform(pixels),
    )
    theirs *= np.sign((ours * theirs).sum(axis=0))
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


@pytest.mark.parametrize("mode", _gram.AFFINE)
def test_the_gram_matrix_is_that_of_normalised_images(mode):
    images = grains(9, 24)
    gram, size = _gram.gram_of_bytes(images, mode, n_jobs=1, progress=False)
    pixels = normalize(images, mode).reshape(9, -1).astype(float)
    assert size == pytest.approx(np.square(pixels).sum(axis=1).max(), rel=1e-6)
    pixels -= pixels.mean(axis=0)
    np.testing.assert_allclose(gram, pixels @ pixels.T, atol=1e-6 * size)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("n", [6, 30, 49])
def test_pca_of_equal_bytes_is_zero(mode, n):
    images = np.repeat(grains(2, 24, seed=3)[:1], n, axis=0)  # 30 and 49 leave rounding noise in the centring
    assert not pca_features(images, 3, normalize=mode).any()


def test_pca_of_points_on_a_line_by_hand():
    # Bytes 0, 51 and 255 in 16 pixels become 0, 0.2 and 1: less their mean, times √16, −1.6, −0.8 and 2.4.
    images = np.repeat(np.array([0, 51, 255], np.uint8), 16).reshape(3, 4, 4)
    scores = pca_features(images, 2, normalize="none")
    np.testing.assert_allclose(scores, [[-1.6, 0], [-0.8, 0], [2.4, 0]], atol=1e-12)


@pytest.mark.parametrize("mode", MODES)
def test_principal_pictures_are_scikit_learns_components(mode, monkeypatch):
    monkeypatch.setattr(baselines, "_BLOCK", 2000)  # 3 images at a time
    images = grains(20, 24)
    pixels = normalize(images, mode).reshape(20, -1).astype(float)
    theirs = PCA(4, svd_solver="full").fit(pixels).components_.reshape(4, 24, 24)
    scores = pca_features(images, 4, normalize=mode)
    ours = principal_pictures(images, scores, normalize=mode)
    theirs *= np.sign((ours * theirs).sum(axis=(1, 2), keepdims=True))
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert not principal_pictures(images, np.zeros((20, 1))).any()


def test_principal_pictures_need_a_row_for_each_image():
    with pytest.raises(ValueError, match=r"scores has shape \(3, 2\); pass one row for each of 7 images"):
        principal_pictures(grains(), np.zeros((3, 2)))


def test_the_pipeline_keeps_features_by_normalisation(tmp_path, monkeypatch, stored):
    monkeypatch.setenv("SEMLIB_CACHE", str(tmp_path))
    made = []
    monkeypatch.setitem(
        BASELINES, "Wavelet", lambda *a, **options: made.append(options) or wavelet_features(*a, **options)
    )
    minmax = pipeline.baseline_features(stored, "Wavelet")
    np.testing.assert_array_equal(minmax, wavelet_features(grains()))
    np.testing.assert_array_equal(pipeline.baseline_features(stored, "Wavelet", n_jobs=2), minmax)
    none = pipeline.baseline_features(stored, "Wavelet", normalize="none")
    np.testing.assert_array_equal(none, wavelet_features(grains(), normalize="none"))
    assert [options["normalize"] for options in made] == ["minmax", "none"]  # n_jobs is no part of the key
    floats = normalize(grains())
    pipeline.baseline_features(floats, "Wavelet")
    pipeline.baseline_features(floats, "Wavelet", normalize="none")  # floats are normalised already
    assert len(made) == 3


def test_the_pipeline_names_the_methods():
    with pytest.raises(ValueError, match="method='pca' is unknown; choose one of GLCM, LBP, Wavelet, PCA"):
        pipeline.baseline_features(normalize(grains()), "pca")
