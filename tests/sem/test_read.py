"""Files of every kind become the right grey numbers, or an error that names the file."""

import os
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from semlib.sem._masks import read_grey
from semlib.sem._read import as_grey, read_image

GREY = np.arange(35, dtype=np.uint8).reshape(5, 7) * 7
DEEP = np.arange(35, dtype=np.uint16).reshape(5, 7) * 1871  # no low byte is constant


def png_16bit(path, array, colour_type):
    """Write a 16-bit PNG of any colour type: Pillow itself writes grey only."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in array)
    header = struct.pack(">IIBBBBB", array.shape[1], array.shape[0], 16, colour_type, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    parts = [struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d)) for t, d in chunks]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "TIFF"])
@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA"])
def test_grey_in_any_8_bit_mode_is_grey(tmp_path, suffix, mode):
    image = Image.fromarray(GREY).convert(mode)
    if mode.endswith("A"):
        image.putalpha(Image.fromarray(255 - GREY))  # dropped, not blended
    image.save(tmp_path / f"a.{suffix}")
    grey, coloured = read_image(tmp_path / f"a.{suffix}")
    assert grey.dtype == np.uint8
    assert not coloured
    np.testing.assert_array_equal(grey, GREY)


def test_grey_with_alpha_jpeg_and_one_bit(tmp_path):
    Image.fromarray(np.stack([GREY, 255 - GREY], -1)).save(tmp_path / "c.png")
    assert np.array_equal(read_image(tmp_path / "c.png")[0], GREY)
    Image.fromarray(np.full((16, 16), 90, np.uint8)).convert("RGB").save(tmp_path / "a.jpg")
    assert np.array_equal(read_image(tmp_path / "a.jpg")[0], np.full((16, 16), 90))
    Image.fromarray(GREY > 100).save(tmp_path / "b.png")
    assert np.array_equal(read_image(tmp_path / "b.png")[0], np.where(GREY > 100, 255, 0))


def test_colour_becomes_luma(tmp_path):
    # by hand: 0.299 · 255 = 76.2, 0.587 · 255 = 149.7, 0.114 · 255 = 29.1; grey stays
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [80, 80, 80]]], np.uint8)
    Image.fromarray(colours).save(tmp_path / "a.png")
    grey, coloured = read_image(tmp_path / "a.png")
    assert coloured
    assert grey.dtype == np.uint8
    assert grey.tolist() == [[76, 150, 29, 80]]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "zlib"},
        {"byteorder": ">"},
        {"bigtiff": True},
        {"tile": (16, 16)},
    ],
)
@pytest.mark.parametrize(
    ("dtype", "kept"),
    [
        ("uint16", "uint16"),
        ("float32", "float32"),
        ("float64", "float32"),
        ("int16", "float32"),
        ("uint32", "float32"),
    ],
)
def test_deep_tiff_keeps_its_numbers(tmp_path, options, dtype, kept):
    array = DEEP.astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", array, **options)
    grey, coloured = read_image(tmp_path / "a.tif")
    assert grey.dtype == np.dtype(kept)
    assert grey.dtype.isnative
    assert not coloured
    np.testing.assert_array_equal(grey, array.astype(kept))


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("alpha", [False, True])
def test_deep_rgb_tiff_keeps_16_bits(tmp_path, planar, alpha):
    # Pillow would give the upper 8 bits, and nonsense for separate planes
    planes = np.stack([DEEP] * 3 + [DEEP[::-1]] * alpha, axis=0 if planar == "separate" else -1)
    tifffile.imwrite(tmp_path / "a.tif", planes, photometric="rgb", planarconfig=planar)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif")[0], DEEP)


def test_deep_colour_tiff_is_rounded_luma(tmp_path):
    colours = np.array([[[60000, 0, 0], [0, 60001, 0]]], np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", colours, photometric="rgb", planarconfig="contig")
    grey, coloured = read_image(tmp_path / "a.tif")
    assert coloured
    assert grey.tolist() == [[17940, 35221]]  # 0.299 · 60000, 0.587 · 60001 = 35220.6


def test_deep_tiff_with_lzw_and_deep_png(tmp_path):
    Image.fromarray(DEEP).save(tmp_path / "a.tif", compression="tiff_lzw")
    Image.fromarray(DEEP).save(tmp_path / "a.png")
    for name in ("a.tif", "a.png"):
        grey, _ = read_image(tmp_path / name)
        assert grey.dtype == np.uint16
        np.testing.assert_array_equal(grey, DEEP)


@pytest.mark.parametrize("array", [GREY, DEEP])
def test_white_is_zero_is_inverted(tmp_path, array):
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="miniswhite")
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif")[0], np.iinfo(array.dtype).max - array)


def test_a_preview_page_is_no_second_page(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as tif:
        tif.write(DEEP)
        tif.write(DEEP[::2, ::2], subfiletype=1)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif")[0], DEEP)


def _stack(path):
    tifffile.imwrite(path.with_suffix(".tif"), np.stack([GREY, GREY]))


def _animation(path):
    Image.fromarray(GREY).save(path, save_all=True, append_images=[Image.fromarray(GREY[::-1])])


def _nan(path):
    tifffile.imwrite(path.with_suffix(".tif"), np.array([[1, np.nan], [np.inf, 0]], np.float32))


def _deep_cmyk(path):
    tifffile.imwrite(path.with_suffix(".tif"), np.zeros((4, 5, 4), np.uint16), photometric="separated")


@pytest.mark.parametrize(
    ("write", "says"),
    [
        (lambda p: p.write_text("no image"), "UnidentifiedImageError"),
        (lambda p: p.write_bytes(b""), "UnidentifiedImageError"),
        (lambda p: p.with_suffix(".tif").write_text("no image"), "not a TIFF file"),
        (lambda p: png_16bit(p, np.stack([DEEP] * 3, -1), 2), "save it as 16-bit grey, or as TIFF"),
        (lambda p: png_16bit(p, np.stack([DEEP] * 2, -1), 4), "save it as 16-bit grey, or as TIFF"),
        (_stack, "it holds several pages; save each page"),
        (_animation, "it holds 2 frames; save the one"),
        (_nan, "2 pixels that are NaN or infinite"),
        (_deep_cmyk, "SEPARATED.*save it as grey or RGB"),
    ],
)
def test_unfit_files_are_named(tmp_path, write, says):
    write(tmp_path / "bad_one.png")
    path = next(tmp_path.iterdir())
    with pytest.raises(ValueError, match=rf"{path.name} is no readable image: .*{says}.*on_error='skip'"):
        read_image(path)


@pytest.mark.parametrize(
    ("name", "dtype", "options"),
    [
        ("a.png", "uint8", {}),
        ("a.jpg", "uint8", {}),
        ("a.bmp", "uint8", {}),
        ("a.tif", "uint8", {}),
        ("a.tif", "uint16", {}),
        ("a.tif", "uint16", {"compression": "tiff_lzw"}),
        ("a.tif", "float32", {"compression": "tiff_adobe_deflate"}),
    ],
)
@pytest.mark.parametrize("share", [0.3, 0.7, 0.97])
@pytest.mark.filterwarnings("ignore:Truncated File Read")
def test_truncated_files_are_named(tmp_path, name, dtype, options, share):
    noise = np.random.default_rng(0).integers(0, 256, (60, 80)).astype(dtype)
    Image.fromarray(noise).save(tmp_path / name, **options)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=f"{name} is no readable image"):
        read_image(tmp_path / name)


@pytest.mark.parametrize("array", [GREY, DEEP, np.stack([DEEP] * 3, -1)])
def test_a_decompression_bomb_is_named(tmp_path, monkeypatch, array):
    tifffile.imwrite(tmp_path / "bomb.tif", array, photometric="rgb" if array.ndim == 3 else "minisblack")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 17)  # 35 pixels are more than twice as many
    with pytest.raises(ValueError, match=r"bomb.tif is no readable image: DecompressionBombError"):
        read_image(tmp_path / "bomb.tif")


def test_as_grey():
    np.testing.assert_array_equal(as_grey(np.array([[True, False]]), "x"), np.array([[255, 0]], np.uint8))
    assert as_grey(DEEP.astype(">u2"), "x").dtype == np.uint16
    assert as_grey(DEEP.astype(np.int64), "x").dtype == np.float32
    with pytest.raises(ValueError, match=r"x has the shape \(2, 5, 7\); pass a grey image"):
        as_grey(np.stack([GREY, GREY]), "x")
    with pytest.raises(ValueError, match="x has the dtype complex128; pass real numbers"):
        as_grey(GREY.astype(complex), "x")
    with pytest.raises(ValueError, match="x has 1 pixels that are NaN or infinite in float32"):
        as_grey(np.array([[1e300, 0.0]]), "x")


def test_a_damaged_png_is_never_read_as_other_pixels(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(GREY).save(path)
    whole, messages = path.read_bytes(), []
    for i in range(len(whole)):
        path.write_bytes(whole[:i] + bytes([whole[i] ^ 255]) + whole[i + 1 :])
        try:
            np.testing.assert_array_equal(read_image(path)[0], GREY)  # a byte that means nothing
        except ValueError as error:
            messages.append(str(error))
    assert len(messages) > 0.75 * len(whole)
    assert all("a.png" in message for message in messages)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp", "a.tif"])
@pytest.mark.parametrize("read", [read_image, read_grey])
def test_no_program_is_started(tmp_path, monkeypatch, name, read):
    """Pillow knows a file by its content: PostScript named .png would run Ghostscript."""
    canary = tmp_path / "ran"
    program = tmp_path / "gs"
    program.write_text(f"#!/bin/sh\ntouch {canary}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr("PIL.EpsImagePlugin.gs_binary", None)  # looked for anew
    script = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n(x) run\n"
    (tmp_path / name).write_bytes(script)
    (tmp_path / "eps").write_bytes(script)
    with pytest.raises(OSError), Image.open(tmp_path / "eps") as image:  # noqa: PT011 (any: the trap works)
        image.load()
    assert canary.exists()
    canary.unlink()
    with pytest.raises(ValueError, match=f"{name} is no readable"):
        read(tmp_path / name)
    assert not canary.exists()


def test_pages_that_form_a_ring(tmp_path):
    """The pointer to the next page points to the page itself."""
    path = tmp_path / "ring.tif"
    tifffile.imwrite(path, np.zeros((4, 4), np.uint16))
    data = bytearray(path.read_bytes())
    (start,) = struct.unpack_from("<I", data, 4)
    (entries,) = struct.unpack_from("<H", data, start)
    struct.pack_into("<I", data, start + 2 + 12 * entries, start)
    path.write_bytes(data)
    with pytest.raises(ValueError, match="it holds several pages"):
        read_image(path)
