"""Contributions of places sum to what they split; windows are what a changed pixel can reach."""

import numpy as np
import pytest
import torch

from semlib.sem.attribution import (
    REFERENCES,
    Window,
    activation_maps,
    contribution_maps,
    leading_channels,
    window,
)
from semlib.sem.model import Encoder
from semlib.sem.train import embed

RNG = np.random.default_rng(0)
IMAGES = RNG.random((7, 40, 40), dtype=np.float32) * np.linspace(0.1, 1, 7, dtype=np.float32)[:, None, None]


@pytest.fixture(scope="module")
def encoder():
    torch.manual_seed(0)
    made = Encoder(dim=6)
    with torch.no_grad():  # so that batch normalisation does something, and b is not small
        made(torch.from_numpy(IMAGES)[:, None])
        made.linear.bias += 3
    return made.eval()


@pytest.mark.parametrize("against", REFERENCES)
def test_contributions_sum_to_the_distance_from_the_mean(encoder, against):
    maps = contribution_maps(encoder, IMAGES, IMAGES, against=against, batch_size=3)
    z = embed(encoder, IMAGES)
    assert maps.shape == (7, 5, 5)
    distance = np.linalg.norm(z - z.mean(0), axis=1)
    assert distance.max() > 0.01
    np.testing.assert_allclose(maps.sum((1, 2)), distance, atol=2e-6)


@pytest.mark.parametrize("against", REFERENCES)
def test_contributions_are_those_of_a_plain_loop(encoder, against):
    one, reference = IMAGES[:1], IMAGES[2:]
    weight, bias = (p.detach().double().numpy() for p in (encoder.linear.weight, encoder.linear.bias))
    value = {
        name: np.einsum("dc,nchw->ndhw", weight, activation_maps(encoder, x).astype(float))
        + bias[:, None, None]
        for name, x in {"one": one, "reference": reference}.items()
    }
    mean = value["reference"].mean((0, 2, 3))
    way = value["one"][0].mean((1, 2)) - mean
    expected = np.empty((5, 5))
    for y, x in np.ndindex(5, 5):
        base = mean if against == "everywhere" else value["reference"].mean(0)[:, y, x]
        expected[y, x] = (value["one"][0, :, y, x] - base) @ way / np.linalg.norm(way) / 25
    found = contribution_maps(encoder, one, reference, against=against)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-7)


def test_an_image_that_is_the_reference_has_no_contributions(encoder):
    np.testing.assert_array_equal(contribution_maps(encoder, IMAGES[:1], IMAGES[:1], against="same place"), 0)


def test_only_changed_places_contribute_against_the_same_place(encoder):
    changed = IMAGES[:1].copy()
    changed[0, 20, 20] = 1 - changed[0, 20, 20]
    maps = contribution_maps(encoder, changed, IMAGES[:1], against="same place")[0]
    size, step, start = window(encoder)
    reach = np.abs(start + step * np.arange(5) - 20) <= size // 2
    assert np.abs(maps[~(reach[:, None] & reach)]).max() < 1e-7 < np.abs(maps).max()


def test_bytes_and_floats_agree(encoder):
    raw = RNG.integers(0, 256, (3, 40, 40), dtype=np.uint8)
    raw[:, 0, :2] = [0, 255]  # so that minmax is a division by 255
    floats = raw.astype(np.float32) / 255
    np.testing.assert_allclose(
        contribution_maps(encoder, raw, raw), contribution_maps(encoder, floats, floats), atol=1e-6
    )


@pytest.mark.parametrize(("block", "expected"), [(1, (3, 2, 0)), (2, (7, 4, 0)), (3, (15, 8, 0))])
def test_window_is_what_a_pixel_reaches(encoder, block, expected):
    assert window(encoder, block) == Window(*expected)
    size, step, start = expected
    before = activation_maps(encoder, IMAGES[:1], block=block)[0]
    for at in (16, 19, 20, 23):
        changed = IMAGES[:1].copy()
        changed[0, at, 17] = 1 - changed[0, at, 17]
        different = (activation_maps(encoder, changed, block=block)[0] != before).any((0, 2))
        inside = np.abs(start + step * np.arange(len(different)) - at) <= size // 2
        assert not different[~inside].any()
        np.testing.assert_array_equal(different, inside)


def test_activations_give_the_embedding(encoder):
    pooled = torch.from_numpy(activation_maps(encoder, IMAGES).mean((2, 3)))
    np.testing.assert_allclose(
        encoder.linear(pooled).detach().numpy(), embed(encoder, IMAGES), rtol=1e-4, atol=1e-6
    )


def test_leading_channels():
    encoder = Encoder(dim=2)
    with torch.no_grad():
        encoder.linear.weight[:] = 0
        encoder.linear.weight[0, :3] = torch.tensor([1.0, 5, 1])
    activations = np.zeros((2, 128, 2, 2), np.float32)
    activations[1, :4] = np.array([1, 1, 2, 9])[:, None, None]  # channel 3 changes most, but has no weight
    assert leading_channels(encoder, activations, 3).tolist() == [1, 2, 0]


def test_bad_arguments(encoder):
    with pytest.raises(ValueError, match="against='mean' must be one of 'everywhere', 'same place'"):
        contribution_maps(encoder, IMAGES, IMAGES, against="mean")
    with pytest.raises(ValueError, match=r"images of \(8, 8\) pixels and images of \(40, 40\)"):
        contribution_maps(encoder, IMAGES, np.zeros((2, 8, 8), np.float32))
    with pytest.raises(TypeError, match="reference is a list"):
        contribution_maps(encoder, IMAGES, [])
    with pytest.raises(ValueError, match="block=4 is not there; the encoder has 3 blocks"):
        activation_maps(encoder, IMAGES, block=4)
    other = Encoder(dim=6)
    other.pool = torch.nn.AdaptiveMaxPool2d(1)
    with pytest.raises(ValueError, match="does not take the mean over places"):
        contribution_maps(other, IMAGES, IMAGES)
