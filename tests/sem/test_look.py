"""How images look at 52x52: the statistics by hand, on the real images, and on the twin beside them."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from semlib.sem.synthetic import look_statistics, make_image

REAL = Path(__file__).resolve().parents[2] / "../shared/data/carinthia_52px"


@pytest.fixture(scope="module")
def real():
    if not REAL.is_dir():
        pytest.skip(f"the real 52x52 images are not at {REAL}")
    table = pd.read_csv(REAL / "carinthia_52px.csv", sep=";")
    images = np.stack([np.asarray(Image.open(REAL / path)) for path in table["image_path"]])
    return look_statistics(images), table["label"].to_numpy()


def synthetic_of(label, n, size=480):
    return np.stack([make_image(label, seed=0, index=i, size=size) for i in range(n)])


def test_statistics_of_hand_made_images():
    flat = np.full((52, 52), 100, np.uint8)
    flat[20, 20] = 0  # 1 of 2704 pixels
    ramp = np.tile(np.arange(52, dtype=np.uint8), (52, 1))
    table = look_statistics(np.stack([flat, ramp, ramp.T]))
    first = table.iloc[0]
    assert first["mean"] == pytest.approx(100 - 100 / 2704)
    assert first["std"] == pytest.approx(100 * np.sqrt(2703) / 2704)  # sqrt(p (1 - p)) x 100
    assert (first["min"], first["max"]) == (0, 100)
    assert first["defect_area_percent"] == pytest.approx(100 / 2704)
    # the last 8 columns of 0..51 have the mean 47.5, the first 8 have 3.5
    assert table["left_right"].tolist() == pytest.approx([0, 44, 0])
    assert table["top_bottom"].tolist() == pytest.approx([0, 0, 44])


def test_defect_area_counts_only_what_is_more_than_15_away():
    image = np.full((52, 52), 100, np.uint8)
    image[30, 10:14] = [85, 84, 115, 116]
    assert look_statistics(image[None])["defect_area_percent"][0] == pytest.approx(100 * 2 / 2704)


def test_statistics_cut_the_border_and_take_middle_pixels():
    image = np.full((480, 480), 100, np.uint8)
    image[:, -3:] = image[:4] = 0
    assert look_statistics(image[None])["min"][0] == 100
    # 480 - 8 = 472 px in 52 parts of 9.08: the middle of the first is 4.54 -> row and column 4 + 4 = 8
    image[8, 8] = 7
    image[9, 9] = 1
    assert look_statistics(image[None])["min"][0] == 7


def test_statistics_do_not_change_the_images():
    images = synthetic_of(3, 2, 64)
    copy = images.copy()
    look_statistics(images)
    np.testing.assert_array_equal(images, copy)


def test_defect_area_against_a_plain_median():
    images = synthetic_of(4, 2, 52)
    expected = []
    for image in images.astype(int):
        padded = np.pad(image, 12, mode="symmetric")
        around = [[np.median(padded[i : i + 25, j : j + 25]) for j in range(52)] for i in range(52)]
        expected.append(100 * (np.abs(image - around) > 15).mean())
    assert look_statistics(images)["defect_area_percent"].tolist() == pytest.approx(expected)
    assert min(expected) > 1


@pytest.mark.parametrize("shape", [(52, 52), (2, 52, 60), (2, 40, 40)])
def test_statistics_of_a_wrong_shape(shape):
    with pytest.raises(ValueError, match=re.escape(f"images has shape {shape}; pass (n, size, size)")):
        look_statistics(np.zeros(shape, np.uint8))


def test_statistics_want_uint8():
    with pytest.raises(ValueError, match="images has dtype float64; pass uint8"):
        look_statistics(np.zeros((2, 52, 52)))


def test_statistics_of_the_real_images(real):
    """The table of the data facts, made from twice as many images: medians of a few columns."""
    table, labels = real
    medians = table.groupby(labels).median()
    expected = {
        "mean": ({6: 100.5, 1: 100.5, 3: 95.3, 4: 95.6, 5: 97.5}, 1.0),
        "std": ({6: 5.2, 1: 5.0, 3: 9.3, 4: 14.2, 5: 9.0}, 1.0),
        "defect_area_percent": ({6: 0, 1: 0.8, 3: 2.9, 4: 6.1, 5: 2.4}, 0.4),
        "left_right": ({6: 11.8, 1: 6.4, 3: -12.8, 4: 5.5, 5: 6.4}, 0.7),
        "top_bottom": ({6: 7.7, 1: 3.3, 3: -9.3, 4: 2.8, 5: 2.8}, 0.4),
    }
    for name, (values, tolerance) in expected.items():
        for label, value in values.items():
            assert medians.loc[label, name] == pytest.approx(value, abs=tolerance), (label, name)


@pytest.mark.parametrize("label", [1, 3, 4, 5, 6])
def test_the_twin_looks_like_the_real_images(real, label):
    """Medians within the real 10-90 % range, widened a little, as few images are made here."""
    table, labels = real
    low, high = (table[labels == label].quantile(q) for q in (0.1, 0.9))
    slack = pd.Series({"mean": 0.3, "std": 0.3, "min": 2, "max": 2}).reindex(low.index, fill_value=0.3)
    median = look_statistics(synthetic_of(label, 40)).median()
    assert ((low - slack <= median) & (median <= high + slack)).all(), pd.concat([low, median, high], axis=1)
