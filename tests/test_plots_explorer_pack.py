"""What the explorer's page carries comes back: pictures, numbers, neighbours."""

import base64
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from semlib.plots.explorer_pack import make_sprite, nearest, packed, thumbnail


def unpacked(pack):
    """Read what `packed` wrote, as explorer_parts.js does."""
    levels = np.frombuffer(base64.b64decode(pack["data"]), "<u2")
    if "low" not in pack:
        return levels.reshape(pack["shape"])
    columns = len(pack["low"])
    values = [
        np.nan if level == 65535 else pack["low"][i % columns] + pack["step"][i % columns] * level
        for i, level in enumerate(levels)
    ]
    return np.reshape(values, pack["shape"])


def test_two_numbers_are_four_bytes_little_endian():
    assert packed(np.array([1, 258])) == {"data": base64.b64encode(b"\1\0\2\1").decode(), "shape": [2]}


def test_floats_run_from_the_lowest_to_the_highest_level():
    pack = packed(np.array([[0.0, 5.0], [2.0, 5.0], [1.0, 5.0]]))
    assert np.frombuffer(base64.b64decode(pack["data"]), "<u2").tolist() == [0, 0, 65534, 0, 32767, 0]
    assert pack["low"] == [0, 5]
    assert pack["step"] == [2 / 65534, 1]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.booleans())
def test_floats_come_back_to_half_a_step(values, two):
    values = np.array(values + values[::-1]).reshape(-1, 2) if two else np.array(values)
    off = np.abs(unpacked(packed(values)) - values)
    assert (off <= np.ptp(values, axis=0) / 131068 * 1.001 + 1e-9).all()


def test_what_is_not_finite_comes_back_as_nan():
    back = unpacked(packed(np.array([1.0, np.nan, 3.0, np.inf])))
    assert np.isnan(back).tolist() == [False, True, False, True]
    assert back[[0, 2]].tolist() == [1, 3]
    assert np.isnan(unpacked(packed(np.full(3, np.nan)))).all()


def test_whole_numbers_must_fit():
    values = np.array([[0, 65535], [7, 4590]])
    assert (unpacked(packed(values)) == values).all()
    with pytest.raises(ValueError, match="from 0 to 65536 do not fit into 16 bits; pass whole numbers from"):
        packed(np.array([0, 65536]))
    with pytest.raises(ValueError, match="from -1 to 3"):
        packed(np.array([-1, 3]))


def test_each_image_is_at_its_place_of_the_sprite():
    images = [np.full((4, 4), 20 * i, np.uint8) for i in range(5)]
    sprite = make_sprite(images, 4, lossless=True)
    picture = np.asarray(Image.open(io.BytesIO(sprite.data)).convert("L"))
    assert (sprite.side, sprite.columns, sprite.n) == (4, 3, 5)
    assert picture.shape == (8, 12)
    for i in range(5):
        top, left = i // 3 * 4, i % 3 * 4
        assert (picture[top : top + 4, left : left + 4] == 20 * i).all()
    assert sprite.uri == "data:image/webp;base64," + base64.b64encode(sprite.data).decode()


def test_colours_of_maps_are_kept_exactly():
    image = np.zeros((3, 3, 3), np.uint8)
    image[1] = 0xE4, 0x40, 0x07
    sprite = make_sprite([image], 6, lossless=True)
    picture = np.asarray(Image.open(io.BytesIO(sprite.data)).convert("RGB"))
    assert (picture[2:4] == (0xE4, 0x40, 0x07)).all()
    assert not picture[:2].any()


def test_a_thumbnail_is_the_mean_where_it_shrinks_and_the_nearest_where_it_grows():
    assert thumbnail(np.array([[0, 100], [100, 200]], np.uint8), 1).tolist() == [[100]]
    assert thumbnail(np.array([[0.0, 1.0]] * 2), 4).tolist() == [[0, 0, 255, 255]] * 4


def test_sprite_says_what_is_wrong():
    with pytest.raises(ValueError, match="images is empty"):
        make_sprite([], 4)
    with pytest.raises(ValueError, match=r"side=9000 with 2 images .* 18000 pixels wide; pass 1 to 8191"):
        make_sprite([np.zeros((2, 2), np.uint8)] * 2, 9000)
    with pytest.raises(ValueError, match="side=0"):
        make_sprite([np.zeros((2, 2), np.uint8)], 0)


def test_nearest_leaves_out_the_point_itself():
    near, distances = nearest(np.array([[0.0], [1.0], [3.0], [3.0]]), 2)
    assert near[:, 0].tolist() == [1, 0, 3, 2]
    assert distances.tolist() == [[1, 3], [1, 2], [0, 2], [0, 2]]
    with pytest.raises(ValueError, match="k=4 must be from 1 to 3"):
        nearest(np.zeros((4, 1)), 4)
