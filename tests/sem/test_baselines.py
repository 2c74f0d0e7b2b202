"""The classical features, against values derived by hand and against slow references."""

from math import pi, sqrt

import numpy as np
import pytest
import pywt
from skimage.feature import graycomatrix, graycoprops, local_binary_pattern
from sklearn.decomposition import PCA

from semlib.sem import _gram, _lbp, _wavelet
from semlib.sem.baselines import (
    BASELINES,
    glcm_features,
    grey_features,
    lbp_features,
    mean_grey,
    pca_features,
    shading_features,
    wavelet_features,
)

# scikit-image's 4×4 example; its documentation prints the four matrices that the values below come from.
FOUR_BY_FOUR = np.array([[[0, 0, 1, 1], [0, 0, 1, 1], [0, 2, 2, 2], [2, 2, 3, 3]]], np.float32) / 3


def noise(n=3, size=16, seed=0):
    """8-bit noise as float32 in [0, 1], smoothed so that neighbours correlate."""
    x = np.random.default_rng(seed).integers(0, 256, (n, size, size)).astype(float)
    x = (x + np.roll(x, 1, axis=1) + np.roll(x, 1, axis=2)) / 3
    return (np.rint(x) / 255).astype(np.float32)


# Per angle: contrast, dissimilarity, homogeneity, energy, correlation. At angle 0 the matrix counts 12 pairs:
# 8 equal, 3 one level apart, 1 two levels apart. So contrast is (3·1 + 1·4)/12, dissimilarity (3 + 2)/12,
# homogeneity (8 + 3/2 + 1/5)/12. Of the symmetric matrix (24 pairs) the squares sum to 84, and its margin
# (7, 6, 8, 3) has variance 599/576: correlation = 1 − contrast / (2 variance). The other angles likewise.
BY_HAND = {
    0: (7 / 12, 5 / 12, 9.7 / 12, sqrt(84) / 24, 431 / 599),
    pi / 4: (16 / 9, 10 / 9, 4.6 / 9, sqrt(38) / 18, 56 / 344),
    pi / 2: (12 / 12, 8 / 12, 8.4 / 12, sqrt(80) / 24, 544 / 1120),
    3 * pi / 4: (4 / 9, 4 / 9, 7 / 9, sqrt(48) / 18, 200 / 272),
}


@pytest.mark.parametrize("angle", BY_HAND)
def test_glcm_of_the_4x4_example_by_hand(angle):
    np.testing.assert_allclose(
        glcm_features(FOUR_BY_FOUR, levels=4, angles=[angle])[0], BY_HAND[angle], rtol=1e-12
    )


def test_glcm_is_the_mean_over_the_angles():
    expected = np.mean(list(BY_HAND.values()), axis=0)
    np.testing.assert_allclose(glcm_features(FOUR_BY_FOUR, levels=4)[0], expected, rtol=1e-12)


@pytest.mark.parametrize(("levels", "distance"), [(256, 1), (256, 3), (16, 2)])
def test_glcm_equals_scikit_image(levels, distance):
    images = noise()
    angles = [0, pi / 4, pi / 2, 3 * pi / 4]
    expected = []
    for image in images:
        grey = np.rint(image.astype(float) * (levels - 1)).astype(np.uint8)
        p = graycomatrix(grey, [distance], angles, levels, symmetric=True, normed=True)
        names = ("contrast", "dissimilarity", "homogeneity", "energy", "correlation")
        expected.append([graycoprops(p, name).mean() for name in names])
    np.testing.assert_allclose(
        glcm_features(images, levels=levels, distance=distance), expected, rtol=1e-9, atol=1e-12
    )


def test_glcm_of_one_grey_level_is_defined():
    np.testing.assert_array_equal(glcm_features(np.full((1, 5, 5), 0.4)), [[0, 0, 1, 1, 1]])


@pytest.mark.parametrize(
    ("image", "histogram"),
    [
        # All equal: every neighbour, also the zeros outside, is not darker: 8.
        (np.zeros((3, 3)), {8: 9}),
        # One bright pixel has no neighbour as bright: 0; for the dark ones see above.
        ([[0, 0, 0], [0, 1, 0], [0, 0, 0]], {0: 1, 8: 8}),
        # A dark centre: 8. Its neighbours see two bright places that do not touch, with darker ones between
        # (a diagonal place mixes four pixels, one of them dark): no single run, 9.
        ([[1, 1, 1], [1, 0, 1], [1, 1, 1]], {8: 1, 9: 8}),
        # A step. Dark pixels: 8. Bright ones in the middle column see a run of 5, at the sides of 3.
        ([[0, 0, 0], [1, 1, 1], [1, 1, 1]], {3: 4, 5: 2, 8: 3}),
    ],
)
def test_lbp_by_hand(image, histogram):
    expected = np.zeros(10)
    expected[list(histogram)] = np.array(list(histogram.values())) / 9
    np.testing.assert_allclose(lbp_features(np.array([image], np.float32))[0], expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("radius", "n_points"), [(1, 8), (2, 8), (1.5, 8), (0.4, 8), (3, 16), (2.5, 12), (1, 1), (1, 3), (3, 24)]
)
@pytest.mark.parametrize("levels", [256, 3, 1])
def test_lbp_equals_scikit_image(radius, n_points, levels, monkeypatch):
    monkeypatch.setattr(_lbp, "_STRIP", 5 * 23)  # strips of 5 rows, the last has 2
    grey = np.random.default_rng(0).integers(0, levels, (3, 17, 23)).astype(np.uint8) + np.uint8(levels == 1)
    codes = [local_binary_pattern(image, n_points, radius, "uniform").ravel() for image in grey]
    expected = [np.bincount(c.astype(int), minlength=n_points + 2) / c.size for c in codes]
    ours = lbp_features(grey, radius=radius, n_points=n_points, normalize="none")
    np.testing.assert_array_equal(ours, expected)


def test_lbp_does_not_see_the_contrast():
    grey = np.random.default_rng(0).integers(0, 64, (2, 16, 16))
    np.testing.assert_array_equal(lbp_features(grey / 255), lbp_features(4 * grey / 255))


def test_lbp_keeps_the_ties_of_8_bit_images():
    grey = np.random.default_rng(0).integers(1, 4, (2, 16, 16)) / 255
    wobble = np.random.default_rng(1).uniform(-1e-4, 1e-4, grey.shape)
    np.testing.assert_array_equal(lbp_features(grey), lbp_features(grey + wobble))


@pytest.mark.parametrize(("method", "bins"), [("uniform", 10), ("nri_uniform", 59), ("ror", 256)])
def test_lbp_rows_are_densities(method, bins):
    features = lbp_features(noise(), method=method)
    assert features.shape == (3, bins)
    np.testing.assert_allclose(features.sum(axis=1), 1)


@pytest.mark.parametrize("features", [glcm_features, lbp_features])
@pytest.mark.parametrize(
    "move",
    [
        lambda x: np.rot90(x, axes=(1, 2)),
        lambda x: np.rot90(x, 2, axes=(1, 2)),
        lambda x: x[:, ::-1],
        lambda x: x[:, :, ::-1],
        lambda x: x.transpose(0, 2, 1),
    ],
    ids=["90°", "180°", "up-down", "left-right", "transposed"],
)
def test_glcm_and_lbp_do_not_see_turns_and_mirrors(features, move):
    images = noise(size=17)
    assert not np.allclose(images, move(images))
    np.testing.assert_allclose(features(images), features(move(images)), rtol=1e-9)


def test_wavelet_of_stripes_by_hand():
    # Haar on blocks a b / c d: approximation (a+b+c+d)/2, horizontal (a+b−c−d)/2. Level 1: approximation 1
    # everywhere, horizontal +1 above and −1 below, nothing else. Level 2: approximation (1+1+1+1)/2 = 2.
    stripes = np.array([[[1] * 4, [0] * 4, [0] * 4, [1] * 4]], np.float32)
    nothing = [0, 0, 0]
    coarse, horizontal = [2, 0, 4], [1, 1, 1]  # mean absolute value, standard deviation, mean square
    expected = [*coarse, *nothing * 3, *horizontal, *nothing * 2]
    np.testing.assert_allclose(wavelet_features(stripes)[0], expected, atol=1e-12)
    turned = [*coarse, *nothing * 3, *nothing, *horizontal, *nothing]
    np.testing.assert_allclose(wavelet_features(stripes.transpose(0, 2, 1))[0], turned, atol=1e-12)


def test_wavelet_of_one_bright_pixel_by_hand():
    # Level 1: each of 4 bands is (½, 0, 0, 0): mean ⅛, mean square 1/16, variance 1/16 − 1/64. Level 2: ¼.
    dot = np.zeros((1, 4, 4))
    dot[0, 0, 0] = 1
    expected = [1 / 4, 0, 1 / 16] * 4 + [1 / 8, sqrt(3 / 64), 1 / 16] * 3
    np.testing.assert_allclose(wavelet_features(dot)[0], expected, atol=1e-12)


@pytest.mark.parametrize("wavelet", ["db1", "db3", "bior2.2", "sym4"])
@pytest.mark.parametrize("level", [1, 2])
def test_sub_bands_equal_pywavelets(wavelet, level):
    image = noise(1, 40)[0, :, :33].astype(float)
    coarse, *details = pywt.wavedec2(image, wavelet, level=level)
    expected = [coarse, *(band for triple in details for band in triple)]
    for ours, theirs in zip(_wavelet.sub_bands(image, wavelet, level), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("pixels", [(1, 2), (2, 4)], ids=["fewer pixels than images", "more"])
def test_pca_of_points_on_a_line_by_hand(pixels):
    # Images 0, 1 and 5 times a direction of length 1: the mean is 2, so the scores are −2, −1 and 3.
    direction = np.ones(pixels) / sqrt(np.prod(pixels))
    images = np.array([0, 1, 5])[:, None, None] * direction
    np.testing.assert_allclose(pca_features(images, 1), [[-2], [-1], [3]], atol=1e-12)
    np.testing.assert_allclose(pca_features(-images, 1), [[-2], [-1], [3]], atol=1e-12)
    np.testing.assert_array_equal(pca_features(images, 2)[:, 1], 0)  # rank 1: no second component


@pytest.mark.parametrize(("n", "size", "k"), [(40, 32, 20), (40, 32, 39), (60, 5, 25), (25, 5, 24)])
@pytest.mark.parametrize("block", [_gram._BLOCK, 300])
def test_pca_equals_scikit_learn(n, size, k, block, monkeypatch):
    monkeypatch.setattr(_gram, "_BLOCK", block)
    images = noise(n, size)
    ours, theirs = (
        pca_features(images, k),
        PCA(k, svd_solver="full").fit_transform(images.reshape(n, -1).astype(float)),
    )
    theirs *= np.sign((ours * theirs).sum(axis=0))  # the sign is a convention
    np.testing.assert_allclose(ours, theirs, atol=1e-4)
    extreme = np.take_along_axis(ours, np.abs(ours).argmax(axis=0)[None], axis=0)
    assert (extreme > 0).all()


def test_pca_rows_follow_the_images():
    images, order = noise(20, 12), np.random.default_rng(1).permutation(20)
    np.testing.assert_allclose(pca_features(images[order], 10), pca_features(images, 10)[order], atol=1e-9)


def test_pca_says_when_fewer_components_exist():
    with pytest.warns(UserWarning, match=r"n_components=128, but 7 images of 64 pixels have 6"):
        assert pca_features(noise(7, 8)).shape == (7, 6)
    with pytest.warns(UserWarning, match="9 images of 4 pixels have 4"):
        assert pca_features(noise(9, 2)).shape == (9, 4)


@pytest.mark.parametrize("n", [4, 40])
def test_pca_of_equal_images_is_zero(n):
    assert not pca_features(np.full((n, 5, 5), 0.3, np.float32), 3).any()


def test_pca_reads_a_memory_map(tmp_path):
    images = noise(10, 8)
    np.save(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    np.testing.assert_array_equal(pca_features(mapped, 5), pca_features(images, 5))


def test_grey_and_shading_by_hand():
    ramp = np.tile(np.arange(12) / 11, (12, 1))[None]  # 0 at the left to 1 at the right; strips of 2 columns
    np.testing.assert_allclose(shading_features(ramp), [[10 / 11, 0]], atol=1e-12)
    np.testing.assert_allclose(
        shading_features(ramp.transpose(0, 2, 1)[:, ::-1]), [[0, -10 / 11]], atol=1e-12
    )
    halves = np.array([[[0.0, 1.0], [0.0, 1.0]], [[0.25] * 2] * 2])
    np.testing.assert_allclose(grey_features(halves), [[0.5, 0.5], [0.25, 0]])
    np.testing.assert_allclose(mean_grey(halves), [[0.5], [0.25]])


def test_shading_does_not_see_the_centre():
    images = noise(1, 24)
    changed = images.copy()
    changed[:, 4:-4, 4:-4] = 0
    np.testing.assert_array_equal(shading_features(images), shading_features(changed))


ALL = {**BASELINES, "grey": grey_features, "mean grey": mean_grey, "shading": shading_features}


def test_baselines_stand_in_the_order_of_table_1():
    assert list(BASELINES) == ["GLCM", "LBP", "Wavelet", "PCA"]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.filterwarnings("ignore:n_components")
def test_every_feature_is_float64_repeats_and_leaves_its_input_alone(name):
    images = noise(5)
    before = images.copy()
    first, second = ALL[name](images), ALL[name](images)
    assert first.dtype == np.float64
    assert first.ndim == 2
    assert len(first) == 5
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize("name", [name for name in ALL if name != "PCA"])
def test_a_row_depends_on_its_own_image_only(name):
    images = noise(4)
    np.testing.assert_allclose(ALL[name](images[2:3]), ALL[name](images)[2:3], rtol=1e-12)


def _with(value):
    images = noise(3)
    images[1, 2, 3] = value
    return images


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    ("images", "error", "match"),
    [
        ([[[0.5]]], TypeError, r"images is a list.*Preprocess"),
        (np.zeros((4, 4)), ValueError, r"images has shape \(4, 4\).*\(N, H, W\)"),
        (np.zeros((0, 4, 4)), ValueError, r"images has shape \(0, 4, 4\)"),
        (np.zeros((2, 4, 4), np.uint16), ValueError, r"images has dtype uint16.*normalize"),
        (_with(np.nan), ValueError, r"images\[1\] holds NaN or infinity \(1 such"),
        (_with(-np.inf), ValueError, r"images\[1\] holds NaN or infinity"),
    ],
)
def test_bad_images_are_refused(name, images, error, match):
    with pytest.raises(error, match=match):
        ALL[name](images)


@pytest.mark.parametrize("features", [glcm_features, lbp_features])
@pytest.mark.parametrize(("value", "match"), [(1.5, r"to 1.5, outside \[0, 1\]"), (-0.5, r"from -0.5 to")])
def test_texture_needs_the_unit_range(features, value, match):
    with pytest.raises(ValueError, match=r"images\[1\] holds values .*" + match):
        features(_with(value))


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda x: glcm_features(x, levels=1), "levels=1 must be an integer of at least 2 and at most 256"),
        (lambda x: glcm_features(x, levels=257), "levels=257 must lie between 2 and 256"),
        (lambda x: glcm_features(x, levels=16.5), "levels=16.5 must be an integer"),
        (lambda x: glcm_features(x, distance=16), r"distance=16 .* less than the images' sides \(16, 16\)"),
        (lambda x: glcm_features(x, distance=0), "distance=0 must be an integer of at least 1"),
        (lambda x: glcm_features(x, distance=1.5), "distance=1.5 must be an integer"),
        (lambda x: glcm_features(x, angles=[]), r"angles=\[\] must be a list of at least one direction"),
        (lambda x: glcm_features(x, angles=0), "angles=0 must be a list"),
        (lambda x: glcm_features(x, angles=[np.nan]), r"angles=\[nan\] must be"),
        (lambda x: lbp_features(x, method="var"), "'var': its codes are contrasts.*one of 'uniform'"),
        (lambda x: lbp_features(x, method="LBP"), "method='LBP': choose one of 'uniform'"),
        (lambda x: lbp_features(x, radius=0), "radius=0 must be more than 0"),
        (lambda x: lbp_features(x, radius=np.nan), "radius=nan must be more than 0"),
        (lambda x: lbp_features(x, radius=16), r"radius=16 .* less than the images' sides \(16, 16\)"),
        (lambda x: lbp_features(x, n_points=0), "n_points=0 must be an integer of at least 1"),
        (lambda x: lbp_features(x, n_points=24, method="ror"), "n_points=24 is too many.*'uniform'"),
        (lambda x: lbp_features(x, n_points=10**9), "n_points=1000000000 is too many"),
        (lambda x: wavelet_features(x, level=5), "level=5 is more than 4, the most for 'db1'"),
        (lambda x: wavelet_features(x, level=0), "level=0 must be an integer of at least 1"),
        (lambda x: wavelet_features(x, wavelet="no"), "wavelet='no' is unknown.*pywt.wavelist"),
        (lambda x: wavelet_features(x, wavelet="morl"), "wavelet='morl' is unknown"),
        (lambda x: pca_features(x[:1]), "images holds 1 image; PCA needs at least 2"),
        (lambda x: pca_features(x, 0), "n_components=0 must be an integer of at least 1"),
        (lambda x: pca_features(x, 2.5), "n_components=2.5 must be an integer"),
    ],
)
def test_bad_options_are_refused(call, match):
    with pytest.raises(ValueError, match=match):
        call(noise())
