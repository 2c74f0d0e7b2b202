"""Crop, bicubic resize and normalisation, against values by hand and a slow reference."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from semlib.sem.data import SemImages, open_images
from semlib.sem.preprocess import Preprocess, normalize

SHARED = Path(__file__).resolve().parents[2] / "../shared/data"


def bicubic(image, size):
    """Pillow's bicubic (a = −0.5) in plain loops: separable, weights of sum 1, kernel widened to shrink."""

    def kernel(t):
        t = abs(t)
        if t < 1:
            return 1.5 * t**3 - 2.5 * t**2 + 1
        return -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2 if t < 2 else 0.0

    def along_rows(x):
        n = x.shape[1]
        scale = n / size
        wide = max(scale, 1.0)
        out = np.zeros((len(x), size))
        for j in range(size):
            centre = (j + 0.5) * scale
            weights = [kernel((k + 0.5 - centre) / wide) for k in range(n)]
            out[:, j] = x @ weights / sum(weights)
        return out

    return along_rows(along_rows(image.astype(np.float64)).T).T


# --- resize


def test_crop_without_resize_by_hand():
    ramp = np.arange(36, dtype=np.uint8).reshape(6, 6)
    inner = [[14, 15], [20, 21]]  # rows 2–3, columns 2–3
    assert Preprocess(border=2, size=2).resize([ramp])[0].tolist() == inner
    assert Preprocess(border=0, size=6).resize([ramp])[0].tolist() == ramp.tolist()
    assert ramp.tolist() == np.arange(36).reshape(6, 6).tolist()


def test_all_four_sides_are_cropped_before_the_kernel_sees_them():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (20, 20), dtype=np.uint8)
    other = image.copy()
    for side in (np.s_[:4], np.s_[-4:], np.s_[:, :4], np.s_[:, -4:]):
        other[side] = 255 - other[side]
    step = Preprocess(size=32)
    np.testing.assert_array_equal(step.resize([image]), step.resize([other]))
    other[4, 4] ^= 255
    assert (step.resize([image]) != step.resize([other])).any()


def test_a_ramp_stays_a_ramp():
    # Doubling a ramp of step 8: pixel j of the result lies at (j + 0.5)/2 − 0.5 in the source, so that values
    # go 8 · (j/2 − 0.25) = 4j − 2. The kernel reproduces straight lines where it does not meet the edge.
    ramp = np.tile(np.arange(12, dtype=np.uint8) * 8, (12, 1))
    result = Preprocess(border=0, size=24).resize([ramp])[0]
    assert result[:, 4:20].tolist() == [[4 * j - 2 for j in range(4, 20)]] * 24


@pytest.mark.parametrize("size", [5, 12, 19, 31])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_resize_is_bicubic(size, dtype):
    image = np.random.default_rng(1).integers(60, 190, (14, 17))
    image = (image * 257).astype(dtype) if dtype == "uint16" else image.astype(dtype)
    expected = bicubic(image[1:-1, 1:-1], size) / (65535 if dtype == "uint16" else 1)
    result = Preprocess(border=1, size=size).resize([image])[0]
    # 8 bits are rounded after each of the two passes: 0.5 · Σ|w| + 0.5, with Σ|w| at most 1.25
    tolerance = 1.13 if dtype == "uint8" else 1e-6 if dtype == "uint16" else 1e-3
    np.testing.assert_allclose(result, expected, atol=tolerance, rtol=0)


def test_sizes_may_differ_and_need_not_be_square():
    rng = np.random.default_rng(2)
    images = [rng.integers(0, 256, shape, dtype=np.uint8) for shape in ((9, 9), (30, 12), (12, 30))]
    step = Preprocess(size=16)
    stack = step.resize(images)
    assert stack.shape == (3, 16, 16)
    for image, result in zip(images, stack, strict=True):
        np.testing.assert_array_equal(result, step.resize([image])[0])


@pytest.mark.parametrize("flip", [np.flipud, np.fliplr, np.transpose])
def test_resize_commutes_with_flips(flip):
    image = np.random.default_rng(3).random((20, 20), dtype=np.float32)
    step = Preprocess(size=27)
    np.testing.assert_allclose(step.resize([flip(image)])[0], flip(step.resize([image])[0]), atol=1e-5)


def test_dtype_follows_the_source_and_the_order_does_not_matter():
    rng = np.random.default_rng(4)
    eight = rng.integers(0, 256, (12, 12), dtype=np.uint8)
    sixteen = rng.integers(0, 65536, (12, 12), dtype=np.uint16)
    real = (rng.random((12, 12)) * 7).astype(np.float32)
    step = Preprocess(size=10)
    alone = [step.resize([image]) for image in (eight, sixteen, real)]
    assert [a.dtype.name for a in alone] == ["uint8", "float32", "float32"]
    expected = {"8": alone[0][0] / np.float32(255), "16": alone[1][0], "f": alone[2][0]}
    for order in (["8", "16", "f", "8"], ["f", "8", "16", "8"], ["16", "8"]):
        images = [{"8": eight, "16": sixteen, "f": real}[kind] for kind in order]
        mixed = step.resize(images)
        assert mixed.dtype == np.float32
        np.testing.assert_array_equal(mixed, np.stack([expected[kind] for kind in order]))


def test_integers_do_not_overshoot():
    step = np.zeros((12, 12))
    step[:, 6:] = 1
    for image in ((step * 255).astype(np.uint8), (step * 65535).astype(np.uint16)):
        result = Preprocess(border=0, size=40).resize([image])
        top = 255 if result.dtype == np.uint8 else 1
        assert (result.min(), result.max()) == (0, top)
    assert Preprocess(border=0, size=40).resize([step]).max() > 1.01  # floats have no range of their own


def test_progress_changes_nothing(capsys, monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    images = SemImages.synthetic(3, size=48)
    quiet = Preprocess(size=32).resize(images)
    assert capsys.readouterr().err == ""
    np.testing.assert_array_equal(Preprocess(size=32).resize(images, progress=True), quiet)
    assert "crop and resize" in capsys.readouterr().err


# --- normalize


def test_modes_by_hand():
    image = np.array([[10, 20], [30, 50]], np.uint8)
    np.testing.assert_allclose(normalize(image), [[0, 0.25], [0.5, 1]])
    np.testing.assert_allclose(normalize(image, "none"), image / 255)
    np.testing.assert_allclose(normalize(image.astype(np.uint16), "none"), image / 65535)
    np.testing.assert_allclose(normalize(image / 7, "none"), image / 7)
    # mean 27.5; squared distances 306.25, 56.25, 6.25, 506.25, their mean 218.75
    np.testing.assert_allclose(normalize(image, "zscore"), (image - 27.5) / np.sqrt(218.75), rtol=1e-6)
    # 101 values 0…100: percentile p is p itself
    hundred = np.arange(101, dtype=np.uint8)[None]
    np.testing.assert_allclose(
        normalize(hundred, "percentile"), [[0, *(np.arange(1, 100) - 1) / 98, 1]], rtol=1e-6
    )


@pytest.mark.parametrize("mode", ["minmax", "none", "zscore", "percentile"])
def test_each_image_by_itself(mode):
    stack = np.random.default_rng(5).integers(0, 9999, (3, 6, 7), dtype=np.uint16)
    before = stack.copy()
    result = normalize(stack, mode)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, np.stack([normalize(image, mode) for image in stack]))
    np.testing.assert_array_equal(stack, before)


@pytest.mark.parametrize("mode", ["minmax", "zscore", "percentile"])
@pytest.mark.parametrize("value", [0.1, 1e30, -3.0])
def test_brightness_and_contrast_do_not_matter_and_constant_is_zero(mode, value):
    image = np.random.default_rng(6).random((8, 9))
    np.testing.assert_allclose(normalize(5 * image - 2, mode), normalize(image, mode), atol=1e-5)
    constant = np.full(
        (64, 64), value
    )  # rounding makes the standard deviation of 0.1 and 1e30 more than 0 here
    assert not normalize(constant, mode).any()
    stack = normalize(np.stack([constant, constant + np.eye(64) * 1e31]), mode)
    assert not stack[0].any()
    assert stack[1].any()


def test_percentiles_that_coincide():
    image = np.full((20, 20), 7, np.uint8)
    image[0, 0] = 255  # a quarter of a percent
    assert not normalize(image, "percentile").any()
    assert normalize(image, "minmax").sum() == 1


@pytest.mark.parametrize(
    ("images", "mode", "says"),
    [
        (
            np.zeros((4, 4)),
            "max",
            "normalize mode 'max' is unknown; choose one of minmax, none, zscore, percentile",
        ),
        (np.zeros(4), "none", r"images has the shape \(4,\); pass \(N, H, W\) or \(H, W\)"),
        (np.zeros((4, 4), np.int64), "none", "images has the dtype int64, of unknown full scale"),
        (np.stack([np.zeros((2, 2)), np.full((2, 2), np.inf)]), "none", r"images\[1\] has NaN or infinite"),
        (np.full((2, 2), np.nan), "minmax", r"images\[0\] has NaN or infinite"),
    ],
)
def test_what_cannot_be_normalised(images, mode, says):
    with pytest.raises(ValueError, match=says):
        normalize(images, mode)


# --- both


@pytest.mark.parametrize("mode", ["minmax", "none", "zscore", "percentile"])
def test_call_is_resize_then_normalize(mode):
    images = SemImages.synthetic(3, size=60)
    step = Preprocess(size=64, normalize=mode)
    result = step(images)
    assert result.shape == (3, 64, 64)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, normalize(step.resize(images), mode))


def test_defaults_are_the_papers():
    assert Preprocess() == Preprocess(border=4, size=512, normalize="minmax")
    assert Preprocess()(SemImages.synthetic(1)).shape == (1, 512, 512)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"border": -1}, "border=-1 must be an integer of at least 0, in pixels"),
        ({"border": 1.5}, "border=1.5 must be an integer"),
        ({"border": "4"}, "border='4' must be an integer"),
        ({"size": 0}, "size=0 must be an integer of at least 1"),
        ({"size": 64.0}, "size=64.0 must be an integer"),
        ({"size": True}, "size=True must be an integer"),
        ({"normalize": "max"}, "normalize='max' is unknown; choose one of minmax"),
    ],
)
def test_unfit_options(options, says):
    with pytest.raises(ValueError, match=says):
        Preprocess(**options)


def test_numpy_integers_are_integers():
    assert repr(Preprocess(border=np.int16(2), size=np.uint8(64))) == repr(Preprocess(border=2, size=64))


def test_unfit_images_are_named(tmp_path):
    with pytest.raises(ValueError, match="images is empty"):
        Preprocess()([])
    with pytest.raises(ValueError, match=r"images\[1\] has the shape \(2, 2, 3\)"):
        Preprocess(border=0)([np.zeros((2, 2)), np.zeros((2, 2, 3))])
    with pytest.raises(ValueError, match=r"images\[0\] has 1 pixels that are NaN"):
        Preprocess(border=0)([np.array([[np.nan, 1]])])
    tifffile.imwrite(tmp_path / "small.tif", np.zeros((8, 30), np.uint8))
    images = SemImages.from_folder(tmp_path)
    with pytest.raises(
        ValueError, match=r"small.tif is 8×30 pixels, and a border of 4 leaves none; choose a smaller"
    ):
        Preprocess()(images)
    assert not Preprocess(border=3, size=16).resize(images).any()


# --- real data


@pytest.mark.parametrize(
    ("name", "step", "shape"),
    [
        ("sem_512", Preprocess(), (12, 512, 512)),
        ("carinthia_52px", Preprocess(border=0, size=128), (129, 128, 128)),
    ],
)
def test_real_images(name, step, shape):
    if not (SHARED / name).is_dir():
        pytest.skip(f"{SHARED / name} is absent")
    result = step(open_images(SHARED / name))
    assert result.shape == shape
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result.min(axis=(1, 2)), 0)
    np.testing.assert_array_equal(result.max(axis=(1, 2)), 1)


def test_a_border_for_each_side():
    image = np.arange(5 * 6, dtype=np.uint8).reshape(5, 6)
    step = Preprocess(border=(1, 2, 0, 3), size=4)
    assert step.crop(image).tolist() == [[9], [15], [21], [27]]  # rows 1 to 4, column 3
    assert step.sides == (1, 2, 0, 3)
    assert Preprocess(border=1).sides == (1, 1, 1, 1)
    assert Preprocess(border=[1, 2, 0, 3], size=4) == step
    whole = Preprocess(border=0, size=4).resize([image[1:, 3:4]])
    np.testing.assert_array_equal(step.resize([image]), whole)
    with pytest.raises(ValueError, match=r"a.png is 5×5 pixels, and a border of \(1, 2, 0, 3\) leaves none"):
        step.crop(image[:, :5], "a.png")
    with pytest.raises(ValueError, match=r"border\[2\]=-1 must be an integer of at least 0"):
        Preprocess(border=(0, 0, -1, 0))
    with pytest.raises(ValueError, match=r"border=\(1, 2\) must be .* or four: top, right, bottom, left"):
        Preprocess(border=(1, 2))
