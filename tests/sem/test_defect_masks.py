"""Masks of the twin and of files, and the share of a map that lies on them."""

import numpy as np
import pytest
from PIL import Image

from semlib.sem.attribution import Window
from semlib.sem.data import SemImages
from semlib.sem.defect_masks import defect_masks, erase, inside_share, seen_share, window_means
from semlib.sem.preprocess import Preprocess

STEP = Preprocess(border=4, size=64)


def test_the_twin_knows_its_defects():
    images = SemImages.synthetic(40, seed=0, size=96)
    masks = defect_masks(images, STEP)
    assert masks.shape == (40, 64, 64)
    assert masks.dtype == bool
    area = masks.mean((1, 2))
    assert (area[images.labels == 6] == 0).all()
    assert (area[np.isin(images.labels, (3, 4))] > 0).all()
    pixels = STEP(images)
    for image, mask in zip(pixels[images.labels == 4], masks[images.labels == 4], strict=True):
        assert image[mask].std() > 3 * image[~mask].std()


def test_masks_of_files_are_cropped_and_resized(tmp_path):
    mask = np.zeros((72, 72), np.uint8)
    mask[4:36, 4:36] = 255  # after the crop of 4 the upper left quarter
    (tmp_path / "images").mkdir()
    Image.fromarray(np.full((72, 72), 90, np.uint8)).save(tmp_path / "images" / "a.png")
    Image.fromarray(mask).save(tmp_path / "a_mask.png")
    table = tmp_path / "t.csv"
    table.write_text("image_path;file_name;label;mask_path\nimages/a.png;a.png;3;a_mask.png\n")
    found = defect_masks(SemImages.from_folder(tmp_path / "images", table), STEP)
    expected = np.zeros((64, 64), bool)
    expected[:32, :32] = True
    np.testing.assert_array_equal(found, expected[None])


def test_other_images_have_none():
    assert defect_masks(SemImages.from_arrays(np.zeros((2, 72, 72), np.uint8)), STEP) is None


def test_seen_share_by_hand():
    masks = np.zeros((1, 8, 8), bool)
    masks[0, :, :2] = True
    # windows of 3 around pixels 0 and 4: of columns 0 and 1, which are mask; of 3 to 5
    np.testing.assert_allclose(seen_share(masks, Window(3, 4, 0))[0], [[1, 0], [1, 0]])
    ramp = np.tile(np.arange(8.0), (1, 8, 1))
    np.testing.assert_allclose(window_means(ramp, Window(3, 4, 0))[0], [[0.5, 4], [0.5, 4]])


def test_inside_share_counts_strength_and_area():
    maps = np.array([[[-3.0, 1], [0, 0]], [[1, 1], [1, 1]], [[1, 0], [0, 0]], [[0, 0], [0, 0]]])
    seen = np.array([[[1.0, 0], [0, 0]]] * 2 + [np.zeros((2, 2)), np.ones((2, 2))])
    share, chance = inside_share(maps, seen)
    np.testing.assert_array_equal(share, [0.75, 0.25, np.nan, np.nan])
    np.testing.assert_array_equal(chance, [0.25, 0.25, np.nan, np.nan])


def test_erase_takes_the_median_of_the_rest():
    pixels = np.array([[[1.0, 2], [3, 100]], [[5, 5], [5, 5]]])
    masks = np.array([[[False, False], [False, True]], [[True, True], [True, True]]])
    out = erase(pixels, masks)
    np.testing.assert_array_equal(out, [[[1, 2], [3, 2]], [[5, 5], [5, 5]]])
    assert pixels[0, 1, 1] == 100


def test_bad_arguments():
    with pytest.raises(ValueError, match=r"masks has shape \(1, 4, 4\) and dtype float64; pass booleans"):
        seen_share(np.zeros((1, 4, 4)), Window(3, 2, 0))
    with pytest.raises(ValueError, match=r"maps has shape \(1, 2, 2\) and seen \(1, 3, 3\)"):
        inside_share(np.zeros((1, 2, 2)), np.zeros((1, 3, 3)))
    with pytest.raises(ValueError, match="pass booleans"):
        erase(np.zeros((1, 4, 4)), np.zeros((1, 4, 4)))
    with pytest.raises(ValueError, match="least=0 must be an integer of at least 1"):
        defect_masks(SemImages.from_arrays(np.zeros((2, 72, 72), np.uint8)), STEP, least=0)
