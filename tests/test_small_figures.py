"""Figures of the rendered book: WebP, drawings with every pixel of the notebook's PNG."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "book" / "_ext"))
pytest.importorskip("sphinx", reason="the extra 'book' is not installed")
from small_figures import LARGE, UNIT, X_RESOLUTION, save_small


def pixels(mode: str) -> Image.Image:
    """Random pixels: whatever a codec would round off, it rounds off here."""
    depth = {"L": (), "RGB": (3,), "RGBA": (4,)}[mode]
    values = np.random.default_rng(0).integers(0, 256, (20, 30, *depth), dtype=np.uint8)
    return Image.fromarray(values, mode)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_no_pixel_changes(mode, tmp_path):
    image = pixels(mode)
    image.save(tmp_path / "a.png")
    save_small(tmp_path / "a.png", tmp_path / "a.webp")
    with Image.open(tmp_path / "a.webp") as small:
        assert small.format == "WEBP"
        assert np.array_equal(np.asarray(small.convert("RGBA")), np.asarray(image.convert("RGBA")))


def test_a_large_photograph_loses_what_is_not_seen(tmp_path):
    y, x = np.mgrid[:400, :600]
    noise = np.random.default_rng(0).normal(0, 2, (400, 600))
    photo = np.clip(128 + 60 * np.sin(x / 40) * np.cos(y / 30) + noise, 0, 255).astype(np.uint8)
    image = Image.fromarray(photo).convert("RGB")
    image.save(tmp_path / "a.png")
    save_small(tmp_path / "a.png", tmp_path / "a.webp")
    assert (tmp_path / "a.webp").stat().st_size < LARGE < (tmp_path / "a.png").stat().st_size
    with Image.open(tmp_path / "a.webp") as small:
        off = np.asarray(small.convert("L"), float) - photo
    assert 0 < np.abs(off).mean() < 5


def test_a_large_drawing_keeps_every_pixel(tmp_path):
    drawn = np.full((2680, 1684, 3), 255, np.uint8)
    for at, colour in enumerate(np.random.default_rng(0).integers(0, 256, (16_000, 3), dtype=np.uint8)):
        row, column = divmod(at, 120)
        drawn[20 * row : 20 * row + 9, 14 * column : 14 * column + 9] = colour
    Image.fromarray(drawn).save(tmp_path / "a.png")
    save_small(tmp_path / "a.png", tmp_path / "a.webp")
    assert (tmp_path / "a.webp").stat().st_size > LARGE
    with Image.open(tmp_path / "a.webp") as small:
        assert np.array_equal(np.asarray(small), drawn)


def test_an_alpha_that_hides_nothing_goes(tmp_path):
    image = pixels("RGB").convert("RGBA")
    image.save(tmp_path / "a.png")
    save_small(tmp_path / "a.png", tmp_path / "a.webp")
    with Image.open(tmp_path / "a.webp") as small:
        assert small.mode == "RGB"
        assert np.array_equal(np.asarray(small), np.asarray(image.convert("RGB")))


def test_the_size_on_paper_stays(tmp_path):
    pixels("RGB").save(tmp_path / "a.png", dpi=(160, 160))
    save_small(tmp_path / "a.png", tmp_path / "a.webp")
    with Image.open(tmp_path / "a.webp") as small:
        assert small.getexif()[X_RESOLUTION] == pytest.approx(160, abs=0.02)
        assert small.getexif()[UNIT] == 2
