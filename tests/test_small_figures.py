"""Figures of the rendered book: WebP with every pixel of the notebook's PNG."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "book" / "_ext"))
pytest.importorskip("sphinx", reason="the extra 'book' is not installed")
from small_figures import UNIT, X_RESOLUTION, save_small


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
