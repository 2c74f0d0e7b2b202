"""Shading is taken out where it is a smooth surface, and swapped exactly; what features follow, by hand."""

import numpy as np
import pytest

from semlib.sem.baselines import shading_features
from semlib.sem.claims.shading import corner_direction, flatten, follows, swapped_twins
from semlib.sem.synthetic import Cues, make_image


def surface(degree: int, size: int = 20) -> np.ndarray:
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    return 7 * x - 3 * y + (degree > 1) * (5 * x * y - 2 * x**2) + (degree > 2) * (4 * x**3 - y**2 * x)


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_a_surface_goes_and_the_mean_stays(degree):
    image = (100 + surface(degree)).astype(np.float32)
    flat = flatten(image[None], degree=degree)[0]
    np.testing.assert_allclose(flat, image.mean(), atol=1e-4)
    if degree > 1:
        assert np.ptp(flatten(image[None], degree=degree - 1)) > 1


def test_corners_give_the_direction_of_the_light_by_hand():
    across = np.tile(np.arange(16.0), (16, 1))
    images = np.stack([across, across.T, -across, across + across.T, np.zeros((16, 16))])
    half = 0.5**0.5
    np.testing.assert_allclose(
        corner_direction(images), [[1, 0], [0, 1], [-1, 0], [half, half], [0, 0]], atol=1e-12
    )
    # neither contrast, nor brightness, nor anything outside the corners matters
    changed = 40 + 3 * images
    changed[:, 2:-2] = 99
    np.testing.assert_allclose(corner_direction(changed), corner_direction(images), atol=1e-12)
    whole = (10 * images[:1]).astype(np.uint8)
    np.testing.assert_allclose(corner_direction(whole), [[1, 0]], atol=1e-12)


def test_corners_turn_with_the_image():
    image = np.random.default_rng(0).normal(size=(1, 24, 24))
    ((x, y),) = corner_direction(image)
    np.testing.assert_allclose(corner_direction(image[:, :, ::-1]), [[-x, y]], atol=1e-12)
    np.testing.assert_allclose(corner_direction(np.rot90(image, -1, (1, 2))), [[-y, x]], atol=1e-12)


def test_corners_of_what_is_too_small():
    with pytest.raises(ValueError, match="7×16 pixels are smaller than 8×8"):
        corner_direction(np.zeros((1, 7, 16)))
    with pytest.raises(ValueError, match="floats or unsigned"):
        corner_direction(np.zeros((16, 16)))


def test_what_is_no_surface_stays():
    rng = np.random.default_rng(0)
    grain = rng.normal(0, 5, (2, 40, 40))
    images = (100 + grain + surface(1, 40)).astype(np.float32)
    before = images.copy()
    flat = flatten(images)
    assert np.abs(flat - flat.mean((1, 2), keepdims=True) - grain).max() < 1
    np.testing.assert_array_equal(images, before)
    whole = flatten(np.rint(images).astype(np.uint8))
    np.testing.assert_allclose(whole, flat, atol=0.6)


def test_flatten_takes_the_twins_shading():
    with_it = np.stack([make_image(6, seed=0, index=i, size=96) for i in range(6)])[:, :, :-2]
    left = np.abs(shading_features(flatten(with_it, degree=3))).mean()
    assert left < 0.1 * np.abs(shading_features(with_it.astype(float))).mean()


def test_swap_is_the_defect_under_the_other_shading():
    swapped, defects, shadings = swapped_twins([(3, 6), (6, 3)], 4, seed=1, size=64)
    assert swapped.shape == defects.shape == shadings.shape == (8, 64, 64)
    np.testing.assert_array_equal(defects[1], make_image(3, seed=1, index=1, size=64))
    np.testing.assert_array_equal(shadings[1], make_image(6, seed=1, index=1, size=64))
    # what the swap changed is the difference of two smooth surfaces: the grain is as it was
    change = swapped[1].astype(float) - defects[1]
    assert np.abs(flatten(change[None, :, :-1], degree=3)).max() < 30  # an opaque defect hides both
    assert np.median(np.abs(flatten(change[None, :, :-1], degree=3) - change[:, :-1].mean())) < 1


@pytest.mark.parametrize("index", range(4))
def test_swapped_shading_is_exactly_the_donors(index):
    only = Cues(border=False, framing=False, scan_bands=False, noise=False)
    donor = make_image(3, seed=1, index=index, size=64, cues=only).astype(int)
    swapped = make_image(6, seed=1, index=index, size=64, cues=only, shading_label=3).astype(int)
    # class 6 has no defect; far from the donor's, both differ by their level and by rounding
    assert np.ptp((swapped - donor)[:, :5]) <= 1


def test_own_shading_is_the_image_itself():
    a = make_image(4, seed=2, index=5, size=64)
    np.testing.assert_array_equal(a, make_image(4, seed=2, index=5, size=64, shading_label=4))
    dark = [
        make_image(4, seed=2, index=5, size=64, cues=Cues(shading=False), shading_label=c) for c in (3, 6)
    ]
    np.testing.assert_array_equal(*dark)


def test_follows_by_hand():
    defects, shadings = np.zeros((4, 1)), np.full((4, 1), 10.0)
    swapped = np.array([[1.0], [9.0], [5.0], [2.0]])
    clusters = ([0, 1, 2, 0], [0, 0, 0, 1], [1, 1, 1, 1])
    # nearer: yes, no, half, yes. The last parents share a cluster; the others: defect, shading, neither
    assert follows(swapped, defects, shadings, clusters) == (0.625, 1 / 3, 1 / 3, 3)
    same = follows(swapped, defects, shadings, ([0] * 4, [0] * 4, [0] * 4))
    assert same.n_decided == 0
    assert np.isnan(same.cluster_defect)


def test_refusals():
    with pytest.raises(ValueError, match="images must be an array"):
        flatten(np.zeros((4, 4)))
    with pytest.raises(ValueError, match="images of 2×2 pixels are too small for degree=3"):
        flatten(np.zeros((1, 2, 2)), degree=3)
    with pytest.raises(ValueError, match="pairs of two different classes"):
        swapped_twins([(3, 3)], 1)
    with pytest.raises(ValueError, match="shading_label=9 is no class"):
        make_image(3, seed=0, index=0, size=64, shading_label=9)
    with pytest.raises(ValueError, match="must have one row for each image"):
        follows([[1.0]], [[1.0]], [[1.0]], ([0], [0], [0, 1]))
