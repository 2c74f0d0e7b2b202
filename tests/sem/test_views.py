"""Batches on the device equal those of the NumPy functions, and large data are never copied whole."""

import numpy as np
import pytest
import torch

from semlib.sem.preprocess import normalize
from semlib.sem.pyramid import pyramid
from semlib.sem.views import Views, normalize_bytes

IMAGES = np.random.default_rng(0).integers(0, 256, (9, 16, 16), np.uint8)
IMAGES[3] = 77  # constant
IMAGES[4] = IMAGES[4] // 3 + 20


@pytest.mark.parametrize("mode", ["minmax", "none"])
def test_bytes_are_normalised_to_the_same_bits(mode):
    ours = normalize_bytes(torch.from_numpy(IMAGES), mode)
    assert ours.dtype == torch.float32
    np.testing.assert_array_equal(ours.numpy(), normalize(IMAGES, mode))


def test_every_grey_range_of_a_byte():
    """All pairs of lowest and highest grey, with every grey between them."""
    low, high = np.triu_indices(256, 1)
    rng = np.random.default_rng(1)
    between = (low[:, None] + rng.random((len(low), 6)) * (high - low)[:, None]).astype(np.uint8)
    images = np.column_stack([low, high, between]).astype(np.uint8).reshape(-1, 2, 4)
    np.testing.assert_array_equal(
        normalize_bytes(torch.from_numpy(images), "minmax").numpy(), normalize(images, "minmax")
    )


@pytest.mark.parametrize("mode", ["minmax", "none", "zscore", "percentile"])
@pytest.mark.parametrize("rows", [slice(2, 6), np.array([7, 3, 3])])
def test_levels(mode, rows):
    expected = pyramid(normalize(IMAGES[rows], mode), levels=3)
    for images in (IMAGES, normalize(IMAGES, mode)):  # bytes, and what was normalised before
        views = Views(images, 3, mode, "cpu")
        for ours, theirs in zip(views(rows), expected, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=0, atol=0)
        torch.testing.assert_close(views.full(rows), expected[0], rtol=0, atol=0)


def test_a_memory_map_is_read_row_by_row(tmp_path):
    np.save(tmp_path / "x.npy", IMAGES)
    stored = np.load(tmp_path / "x.npy", mmap_mode="r")
    views = Views(stored, 2, "minmax", "cpu")
    assert views.images is stored
    assert views(np.array([1, 2]))[1].shape == (2, 1, 8, 8)
    np.testing.assert_array_equal(stored, IMAGES)
