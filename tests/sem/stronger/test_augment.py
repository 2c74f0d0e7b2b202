"""Random views: what is off changes nothing, and each part does what its text says."""

import numpy as np
import pytest
import torch
from torch import Tensor

from semlib.sem.stronger.augment import SYMMETRIES, Augment, augmented, symmetry, two_views

OFF = Augment.off()


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(n: int = 6, size: int = 16) -> Tensor:
    return torch.rand(n, 1, size, size, generator=generator(7))


def only(**options) -> Augment:
    return Augment(
        **{"crop": 1, "symmetries": False, "blur": 0, "brightness": 0, "contrast": 0}
        | {"plane": 0, "noise": 0}
        | options
    )


def test_all_off_is_bit_equal():
    x = images()
    assert torch.equal(augmented(x, OFF, generator()), x)
    first, second = two_views(x, OFF, generator())
    assert torch.equal(first, second)


@pytest.mark.parametrize(
    "augment",
    [
        Augment(),
        only(crop=0.3),
        only(symmetries=True),
        only(blur=0.1),
        only(brightness=0.4),
        only(contrast=0.4),
        only(plane=0.4),
        only(noise=0.1),
    ],
)
def test_the_generator_alone_decides_and_the_input_stays(augment):
    x = images()
    before = x.clone()
    torch.manual_seed(1)
    state = torch.random.get_rng_state()
    first, again, other = (augmented(x, augment, generator(seed)) for seed in (3, 3, 4))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.equal(x, before)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not torch.equal(first, x)
    assert first.shape == x.shape
    one, two = two_views(x, augment, generator())
    assert not torch.equal(one, two)


def test_the_symmetries_are_the_group_of_the_square():
    x = images(1, 5)[0, 0]
    found = {tuple(symmetry(x, code).flatten().tolist()) for code in range(SYMMETRIES)}
    assert len(found) == 8
    assert torch.equal(symmetry(x, 0), x)
    for a in range(8):  # closed: two after one another are one of them
        products = {tuple(symmetry(symmetry(x, b), a).flatten().tolist()) for b in range(8)}
        assert products == found


def test_each_of_the_symmetries_comes_up_and_no_pixel_is_lost():
    x = images(1, 4).expand(400, -1, -1, -1)
    views = augmented(x, only(symmetries=True), generator())
    found, counts = np.unique(views.flatten(1).numpy(), axis=0, return_counts=True)
    expected = np.unique([symmetry(x[0], code).flatten().tolist() for code in range(8)], axis=0)
    np.testing.assert_array_equal(found, expected.astype(np.float32))
    assert counts.min() > 25  # 50 each on average


def test_a_crop_shows_a_part_of_a_ramp_enlarged():
    """A ramp stays a ramp, with the slope times the side's share, between its old ends."""
    ramp = torch.arange(32.0).expand(200, 1, 32, 32)
    views = augmented(ramp, only(crop=0.25), generator())
    inner = views[:, 0, 5, 8:24]
    slopes = inner.diff(dim=1)
    assert torch.allclose(slopes, slopes[:, :1].expand_as(slopes), atol=1e-3)
    areas = slopes[:, 0] ** 2
    assert areas.min() > 0.25
    assert areas.max() <= 1.001
    assert abs(float(areas.mean()) - 0.625) < 0.04  # uniform between 0.25 and 1
    assert views.min() >= 0
    assert views.max() <= 31
    assert views[:, 0, 5, 0].std() > 1  # not always at the same place


def test_blur_against_scipy_and_half_of_the_images_get_none():
    from scipy.ndimage import gaussian_filter

    from semlib.sem.stronger.augment import _blur

    x = images(3, 20).double()
    sigma = torch.tensor([0.0, 0.7, 2.0], dtype=torch.double)
    blurred = _blur(x, sigma, reach=6)
    assert torch.equal(blurred[0], x[0])
    for i in (1, 2):
        slow = gaussian_filter(x[i, 0].numpy(), float(sigma[i]), mode="mirror", radius=6)
        np.testing.assert_allclose(blurred[i, 0], slow, atol=1e-12)
    many = images(1, 20).expand(300, -1, -1, -1)
    same = (augmented(many, only(blur=0.1), generator()) == many).all((1, 2, 3))
    assert 110 < int(same.sum()) < 190


def test_brightness_scales_all_and_contrast_scales_the_differences_from_the_mean():
    x = images(300)
    bright = augmented(x, only(brightness=0.4), generator())
    factor = bright.mean((1, 2, 3)) / x.mean((1, 2, 3))
    assert torch.allclose(bright, x * factor.view(-1, 1, 1, 1), atol=1e-5)
    assert 0.6 <= factor.min() < 0.65
    assert 1.35 < factor.max() <= 1.4001
    untouched = int(torch.isclose(factor, torch.ones(()), atol=1e-6).sum())
    assert 35 < untouched < 90  # a fifth
    strong = augmented(x, only(contrast=0.4), generator())
    assert torch.allclose(strong.mean((1, 2, 3)), x.mean((1, 2, 3)), atol=1e-5)
    ratio = strong.std((1, 2, 3)) / x.std((1, 2, 3))
    assert 0.6 <= ratio.min() < 0.65
    assert 1.35 < ratio.max() < 1.4001


def test_the_added_plane_is_a_plane_of_any_direction_and_at_most_the_rise():
    x = images(400)
    added = (augmented(x, only(plane=0.4), generator()) - x)[:, 0]
    across, down = added.diff(dim=2), added.diff(dim=1)
    assert torch.allclose(across, across[:, :1, :1].expand_as(across), atol=1e-5)
    assert torch.allclose(down, down[:, :1, :1].expand_as(down), atol=1e-5)
    assert torch.allclose(added.mean((1, 2)), torch.zeros(400), atol=1e-5)
    slopes = 16 * torch.stack([across[:, 0, 0], down[:, 0, 0]], 1)
    rise = slopes.norm(dim=1)
    assert rise.max() <= 0.4001
    assert abs(float(rise.mean()) - 0.2) < 0.02
    quadrants = np.unique(slopes.sign().numpy(), axis=0, return_counts=True)[1]
    assert len(quadrants) == 4
    assert quadrants.min() > 70


def test_noise_has_its_standard_deviation():
    x = images(50)
    added = augmented(x, only(noise=0.05), generator()) - x
    assert float(added.std()) == pytest.approx(0.05, rel=0.05)


def test_keeping_shading_leaves_out_what_would_change_its_direction_and_nothing_else():
    augment = Augment()
    kept = augment.keeping_shading()
    assert (kept.symmetries, kept.plane) == (False, 0)
    names = ("crop", "blur", "brightness", "contrast", "noise")
    assert [getattr(kept, n) for n in names] == [getattr(augment, n) for n in names]
    u = (torch.arange(32) + 0.5) / 32 - 0.5
    shaded = (0.5 + 0.3 * u).expand(200, 1, 32, 32).contiguous()

    def right_less_left(a: Augment) -> Tensor:
        x = augmented(shaded, a, generator())
        return (x[..., -8:].mean((2, 3)) - x[..., :8].mean((2, 3)))[:, 0]

    assert (right_less_left(kept) > 0).all()
    assert 0.3 < float((right_less_left(augment) > 0).float().mean()) < 0.7


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"crop": 0}, r"crop=0 must be a share of the area above 0"),
        ({"crop": 1.5}, "crop=1.5 must be a share"),
        ({"blur": 0.5}, r"blur=0.5 must lie between 0 \(off\) and 0.1"),
        ({"brightness": 2}, r"brightness=2 must lie between 0 \(off\) and 1"),
        ({"noise": float("nan")}, "noise=nan must lie"),
        ({"plane": -1}, "plane=-1 must lie"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        Augment(**options)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (torch.zeros(3, 8, 8), r"images has shape \(3, 8, 8\) .* pass floats \(N, 1, S, S\)"),
        (torch.zeros(3, 3, 8, 8), "pass floats"),
        (torch.zeros(3, 1, 8, 8, dtype=torch.uint8), "dtype torch.uint8; pass floats"),
        (torch.zeros(3, 1, 8, 9), "images are 8×9; pass square ones"),
    ],
)
def test_bad_images(x, message):
    with pytest.raises(ValueError, match=message):
        augmented(x, Augment(), generator())
