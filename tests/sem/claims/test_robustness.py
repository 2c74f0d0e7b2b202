"""Changed images: nothing at severity 0, each kind by hand; drift in units that a collapse cannot cheat."""

import numpy as np
import pytest

from semlib.sem.claims.robustness import (
    CHANGES,
    change,
    cluster_centres,
    nearest_centre,
    relative_drift,
    robustness_table,
)
from semlib.sem.preprocess import Preprocess

RNG = np.random.default_rng(0)
IMAGE = RNG.integers(60, 140, (24, 32), dtype=np.uint8)
TYPES = {
    "uint8": IMAGE,
    "uint16": IMAGE.astype(np.uint16) * 257,
    "float32": (IMAGE / 255).astype(np.float32),
    "float64": IMAGE / 255,
}


@pytest.mark.parametrize("image", TYPES.values(), ids=TYPES)
@pytest.mark.parametrize("kind", CHANGES)
def test_severity_0_returns_the_image_bit_for_bit(kind, image):
    out = change(image, kind, 0)
    assert out.dtype == image.dtype
    assert out.tobytes() == image.tobytes()
    assert out is not image


@pytest.mark.parametrize("image", TYPES.values(), ids=TYPES)
@pytest.mark.parametrize("kind", CHANGES)
def test_type_shape_and_range_stay_and_the_input_too(kind, image):
    before = image.copy()
    outs = [change(image, kind, s, seed=3) for s in CHANGES[kind].severities]
    assert all(out.dtype == image.dtype and out.shape == image.shape for out in outs)
    assert (
        max(out.max() for out in outs)
        <= {"u": np.iinfo, "f": lambda _: np.finfo(np.float16)}[image.dtype.kind](image.dtype).max
    )
    if image.dtype.kind == "f":
        assert min(out.min() for out in outs) >= 0
        assert max(out.max() for out in outs) <= 1
    np.testing.assert_array_equal(image, before)
    # the severities shown change the image, and more and more
    changed = [np.abs(out.astype(float) - image.astype(float)).mean() for out in outs]
    assert 0 < changed[0] < changed[1] < changed[2]


@pytest.mark.parametrize("kind", CHANGES)
def test_all_types_show_the_same_change(kind):
    severity = CHANGES[kind].severities[0]
    eight = change(IMAGE, kind, severity)
    for name, full in {"uint16": 65535, "float32": 1, "float64": 1}.items():
        other = change(TYPES[name], kind, severity).astype(float) / full * 255
        np.testing.assert_allclose(other, eight, atol=0.51)


def test_border_width_by_hand():
    image = np.full((2, 5), 7, np.uint8)
    assert change(image, "border", 2).tolist() == [[7, 7, 7, 0, 0]] * 2
    assert change(image, "border", 5).tolist() == [[0] * 5] * 2
    assert change(image, "border", 99).tolist() == [[0] * 5] * 2


def test_grey_changes_by_hand():
    image = np.array([[0, 100, 200, 250]], np.uint8)
    assert change(image, "brightness", 10).tolist() == [[10, 110, 210, 255]]
    # mean 137.5; half of the distance to it is lost
    assert change(image, "contrast", 0.5).tolist() == [[69, 119, 169, 194]]
    # 255 (x/255)²
    assert change(image, "gamma", 1).tolist() == [[0, 39, 157, 245]]
    assert change(np.full((1, 3), 100, np.uint8), "shading", 6).tolist() == [[94, 100, 106]]


def test_framing_brightens_a_central_square():
    out = change(np.full((100, 100), 50, np.uint8), "framing", 4)
    assert (out == 54).sum() == 56**2
    assert (out[22:78, 22:78] == 54).all()


def test_resolution_keeps_what_is_coarse_and_loses_what_is_fine():
    fine = np.tile(np.array([[80, 120]], np.uint8), (16, 8))
    assert np.ptp(change(fine, "resolution", 1)) == 0  # pairs average to 100
    ramp = np.tile(np.linspace(50, 200, 64).astype(np.uint8), (64, 1))
    inner = np.s_[4:-4, 4:-4]  # the last pixels have no neighbours to go on from
    assert np.abs(change(ramp, "resolution", 1)[inner].astype(int) - ramp[inner]).max() <= 2


def test_magnification_shows_the_middle_larger():
    image = np.zeros((60, 60), np.uint8)
    image[20:40, 20:40] = 200
    out = change(image, "magnification", 0.5)
    assert (out > 100).sum() == pytest.approx(900, abs=60)  # 20 px became 30


def test_noise_has_its_standard_deviation_and_its_seed():
    image = np.full((200, 200), 120, np.uint8)
    out = change(image, "noise", 6, seed=[1, 2])
    assert out.std() == pytest.approx(6, rel=0.03)
    np.testing.assert_array_equal(out, change(image, "noise", 6, seed=[1, 2]))
    assert not np.array_equal(out, change(image, "noise", 6, seed=[1, 3]))


def test_change_refuses():
    with pytest.raises(ValueError, match="kind='rain' is unknown; choose one of noise, blur"):
        change(IMAGE, "rain", 1)
    with pytest.raises(ValueError, match=r"severity=-1 of noise must be at least 0 \(grey levels"):
        change(IMAGE, "noise", -1)
    with pytest.raises(ValueError, match=r"severity=2 of contrast must be between 0 and 1"):
        change(IMAGE, "contrast", 2)
    with pytest.raises(ValueError, match=r"severity=nan"):
        change(IMAGE, "blur", float("nan"))
    with pytest.raises(ValueError, match=r"dtype int64; pass \(H, W\) of uint8"):
        change(IMAGE.astype(np.int64), "noise", 1)


def test_drift_by_hand_and_free_of_scale():
    # Distances of the three: 3, 4, 5; median 4.
    clean = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]])
    changed = clean + np.array([[0, 2], [4, 0], [0, 0]])
    assert relative_drift(clean, changed).tolist() == [0.5, 1.0, 0.0]
    shrunk = relative_drift(1e-6 * clean + 5, 1e-6 * changed + 5)
    np.testing.assert_allclose(shrunk, [0.5, 1.0, 0.0], atol=1e-6)
    # of two, with a reference of its own
    assert relative_drift(clean[:2], changed[:2], reference=2 * clean).tolist() == [0.25, 0.5]


def test_drift_refuses():
    with pytest.raises(ValueError, match=r"reference holds \(nearly\) equal rows only"):
        relative_drift(np.ones((4, 2)), np.zeros((4, 2)))
    with pytest.raises(ValueError, match=r"clean has shape \(4, 2\), changed \(3, 2\)"):
        relative_drift(np.ones((4, 2)), np.zeros((3, 2)))


def test_centres_are_the_means_of_the_clusters():
    x = np.array([[0.0], [1.0], [10.0], [11.0], [12.0]])
    assert sorted(cluster_centres(x, k=2).ravel().tolist()) == [0.5, 11.0]
    assert nearest_centre([[4.0], [7.0]], np.array([[0.5], [11.0]])).tolist() == [0, 1]


def test_table_of_a_method_that_sees_the_change_and_one_that_does_not():
    images = [np.full((16, 16), v, np.uint8) for v in (10, 30, 100, 120)]
    describe = {"mean": lambda p: p.mean((1, 2))[:, None], "blind": lambda p: np.arange(len(p))[:, None]}
    step = Preprocess(border=0, size=8, normalize="none")
    reference = {name: f(step(images)) for name, f in describe.items()}
    table = robustness_table(images, describe, reference, step, kinds=["brightness"], k=2)
    assert table.columns.tolist() == ["kind", "severity", "method", "drift", "moved"]
    by = table.pivot(index="severity", columns="method")
    assert by["drift", "blind"].tolist() == [0] * 4
    # distances 20, 90, 110, 70, 90, 20: median 80; brighter by 10, 30, 60
    np.testing.assert_allclose(by["drift", "mean"], [0, 10 / 80, 30 / 80, 60 / 80], atol=1e-6)
    # centres 20 and 110: brighter by 60, 30 becomes 90 and changes; 10 becomes 70 and does too
    assert by["moved", "mean"].tolist() == [0, 0, 0, 0.5]
